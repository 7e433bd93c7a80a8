/* libcurl, and the least version of it that will do. */
#ifndef CE_CURL_H
#define CE_CURL_H

#if defined(__has_include)
#if !__has_include(<curl/curl.h>)
#error \
    "libcurl's headers are missing: install libcurl4-openssl-dev (Debian), libcurl-devel (Fedora) or curl-dev (Alpine)"
#endif
#endif

#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x075000
#error "celements needs libcurl 7.80 or later (CURLOPT_PREREQFUNCTION)"
#endif

#endif
