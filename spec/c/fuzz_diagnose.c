/* Any bytes as a document: there is a fault of the syntax exactly when the text is not JSON, every
 * finding stands in the text, and the work grows with the text only. */
#include "celements.h"
#include "strict.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every look ahead, at most some times each byte, ends in a finding; comparing keys is not counted.
 */
#define FUZZ_STEPS(size) (100 + 10 * CELEMENTS_MAX_FINDINGS * (size))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct celements_findings findings;
  const char *text = (const char *)data;
  bool wrong = false;
  size_t i;
  if(celements_diagnose(text, size, &findings))
    abort();
  if(findings.count > CELEMENTS_MAX_FINDINGS || findings.steps > FUZZ_STEPS(size))
    abort();
  for(i = 0; i < findings.count; i++) {
    const struct celements_finding *finding = &findings.list[i];
    char message[300];
    char mend[300];
    if(finding->offset > size || finding->line < 1 || finding->column < 1)
      abort();
    if(i > 0 && finding->offset < finding[-1].offset)
      abort();
    celements_finding_message(finding, message, sizeof message);
    celements_finding_mend(finding, mend, sizeof mend);
    if(!*message || !*mend || strpbrk(message, "\r\n%") || strpbrk(mend, "\r\n%"))
      abort();
    wrong = wrong || finding->fault < CELEMENTS_FAULT_TOP;
  }
  if(!findings.more && wrong == strict_accepts(text, size))
    abort();
  return 0;
}
