/* libcurl, and the least version of it that will do. */
#ifndef CE_CURL_H
#define CE_CURL_H

#if defined(__has_include)
#if !__has_include(<curl/curl.h>)
#error "libcurl's headers are missing: install libcurl4-openssl-dev (Debian) or libcurl-devel"
#endif
#endif

#include <curl/curl.h>

/* From here on TLS over OpenSSL, too, is sent with send(MSG_NOSIGNAL): a connection that breaks
 * cannot end the process with SIGPIPE. It also brings CURLOPT_QUICK_EXIT. */
#if defined(LIBCURL_VERSION_NUM) && LIBCURL_VERSION_NUM < 0x075800
#error "celements needs libcurl 7.88 or later"
#endif

#endif
