/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OHM_CORE_FILES_UTF8_H
#define OHM_CORE_FILES_UTF8_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Length of the character at the start of text[0..n): 1 to 4 bytes, 0 if it is not well-formed
 * UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF) or n is 0. */
size_t ohm_utf8_length(const char *text, size_t n);

#ifdef __cplusplus
}
#endif
#endif
