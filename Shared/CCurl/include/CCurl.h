#ifndef CARILLON_CCURL_H
#define CARILLON_CCURL_H

#include <curl/curl.h>
#include <stdbool.h>

// libcurl sets and reads its options through variadic functions, which Swift cannot call: one plain function per type.

CURLcode carillon_set_long(CURL *easy, CURLoption option, long value);
CURLcode carillon_set_size(CURL *easy, CURLoption option, curl_off_t value);
CURLcode carillon_set_text(CURL *easy, CURLoption option, const char *value);
CURLcode carillon_set_pointer(CURL *easy, CURLoption option, const void *value);
CURLcode carillon_set_list(CURL *easy, CURLoption option, struct curl_slist *list);

/// For the options WRITE, HEADER and READ, which share one shape of function.
CURLcode carillon_set_data_function(CURL *easy, CURLoption option, curl_write_callback function);
CURLcode carillon_set_open_function(CURL *easy, curl_opensocket_callback function);

CURLcode carillon_get_long(CURL *easy, CURLINFO info, long *value);

/// The socket of the connection used last, CURL_SOCKET_BAD when it is closed.
curl_socket_t carillon_get_socket(CURL *easy);

/// The version at run time, such as 0x075801 for 7.88.1.
unsigned int carillon_curl_version(void);

CURLMcode carillon_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLMcode carillon_multi_set_functions(CURLM *multi, curl_socket_callback on_socket, curl_multi_timer_callback on_timer,
                                       void *context);

/// Takes the next finished transfer off the list; false when there is none.
bool carillon_multi_next_done(CURLM *multi, CURL **easy, CURLcode *result);

#endif
