#ifndef TRAWL_CCurl_H
#define TRAWL_CCurl_H

#include <curl/curl.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic: one wrapper per argument type. The casts in
// parentheses keep curl's type-checking macros out of the way.

typedef size_t (*CCurl_receiver)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode CCurl_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

static inline CURLcode CCurl_set_long(CURL *easy, CURLoption option, long value)
{
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode CCurl_set_offset(CURL *easy, CURLoption option, curl_off_t value)
{
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode CCurl_set_string(CURL *easy, CURLoption option, const char *value)
{
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode CCurl_set_pointer(CURL *easy, CURLoption option, const void *value)
{
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode CCurl_set_receiver(CURL *easy, CURLoption option, CCurl_receiver value)
{
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLMcode CCurl_multi_set_long(CURLM *multi, CURLMoption option, long value)
{
    return (curl_multi_setopt)(multi, option, value);
}

// 0 when curl has no value.
static inline long CCurl_get_long(CURL *easy, CURLINFO info)
{
    long value = 0;
    return (curl_easy_getinfo)(easy, info, &value) == CURLE_OK ? value : 0;
}

// 0 when curl has no value.
static inline curl_off_t CCurl_get_offset(CURL *easy, CURLINFO info)
{
    curl_off_t value = 0;
    return (curl_easy_getinfo)(easy, info, &value) == CURLE_OK ? value : 0;
}

#endif
