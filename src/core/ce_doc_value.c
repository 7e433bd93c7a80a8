/* Values and keys: whether one may stand where it does, and what was meant. */
#include "ce_reading.h"

#include <string.h>

void ce__expect_next(struct ce__reading *reading) {
  reading->expected = ce__in_object(reading) ? CE__KEY : CE__VALUE;
  reading->doubtful_key = false;
}

/* A value is complete. */
void ce__end_value(struct ce__reading *reading) {
  struct ce__level *level = ce__level_of(reading);
  reading->end = reading->scan.at;
  reading->expected = level ? CE__COMMA : CE__NOTHING;
  if(level && level->member)
    reading->members.list[level->member - 1].value_end = (uint32_t)reading->scan.at;
}

/* A value or a key begins: reports what should stand before it. False if it cannot be read. */
bool ce__begin_value(struct ce__reading *reading, char kind) {
  struct ce__level *level = ce__level_of(reading);
  if(reading->expected == CE__NOTHING) {
    ce__stop(reading, CELEMENTS_FAULT_TEXT_AFTER, reading->scan.at);
    return false;
  }
  if(reading->expected == CE__COMMA) {
    ce__report_at(reading, CELEMENTS_FAULT_MISSING_COMMA, reading->end);
    ce__expect_next(reading);
  }
  if(reading->expected == CE__COLON) {
    ce__report_at(reading, CELEMENTS_FAULT_MISSING_COLON, reading->end);
    reading->expected = CE__VALUE;
  }
  if(reading->expected == CE__KEY || reading->expected == CE__KEY_OR_END) {
    if(kind == '"')
      return true;
    ce__report_at(reading, CELEMENTS_FAULT_MISSING_KEY, reading->scan.at);
    level->key.start = level->key.end = level->key_at = reading->scan.at;
    level->member = 0;
  }
  if(level && !level->object)
    level->index++;
  if(level && level->member)
    reading->members.list[level->member - 1].value = (uint32_t)reading->scan.at;
  ce__shape_value(&reading->shape, &reading->scan, reading->levels, reading->depth, kind);
  return true;
}

static bool is_key_next(const struct ce__reading *reading) {
  return ce__in_object(reading) && reading->expected != CE__VALUE && reading->expected != CE__COLON;
}

static void take_key(struct ce__reading *reading, size_t at, const struct ce__span *content,
                     bool sound) {
  struct ce__level *level = ce__level_of(reading);
  level->key = *content;
  level->key_at = at;
  level->member = 0;
  if(sound) {
    struct ce__member member = {level->id, (uint32_t)content->start, (uint32_t)content->end, 0, 0};
    reading->status = ce__members_add(&reading->members, &member);
    level->member = reading->status ? 0 : reading->members.count;
  }
  reading->expected = CE__COLON;
  reading->end = reading->scan.at;
}

void ce__read_string(struct ce__reading *reading) {
  struct ce__span content;
  size_t open = reading->scan.at;
  bool is_key;
  bool sound;
  if(!ce__begin_value(reading, '"'))
    return;
  is_key = is_key_next(reading);
  sound = ce__pass_string(&reading->scan, is_key, &content);
  reading->string = content;
  reading->string_at = open;
  reading->string_end = reading->scan.at;
  if(is_key) {
    take_key(reading, open, &content, sound);
  } else {
    ce__shape_string(&reading->scan, reading->levels, reading->depth, open, &content);
    ce__end_value(reading);
  }
}

/* Where something without quotes ends that stands in place of a comma and is neither a key nor an
 * item; 0 if it is one. */
static size_t end_of_stray(struct ce__reading *reading) {
  struct ce__scan probe = reading->scan;
  struct celements_findings unused;
  struct ce__span content;
  if(reading->expected != CE__COMMA || (!ce__in_object(reading) && ce__word_kind(&reading->scan)))
    return 0;
  memset(&unused, 0, sizeof unused);
  probe.findings = &unused;
  ce__pass_word(&probe, true, &content);
  if(ce__in_object(reading) && ce__byte(&probe, ce__after_blanks(&probe, probe.at)) == ':')
    probe.at = 0;
  reading->scan.findings->steps += unused.steps;
  return probe.at;
}

void ce__read_word(struct ce__reading *reading) {
  struct ce__span content;
  size_t start = reading->scan.at;
  size_t stray = end_of_stray(reading);
  char kind = '"'; /* for a key */
  bool is_key;
  if(stray) {
    ce__report_at(reading, CELEMENTS_FAULT_UNEXPECTED, start);
    reading->scan.at = stray;
    return;
  }
  is_key = is_key_next(reading);
  if(!is_key)
    kind = ce__word_kind(&reading->scan);
  if(!ce__begin_value(reading, kind))
    return;
  ce__pass_word(&reading->scan, is_key, &content);
  if(is_key) {
    reading->doubtful_key = true;
    take_key(reading, start, &content, false);
  } else {
    ce__end_value(reading);
  }
}
