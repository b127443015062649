/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/data/label.h"

#include "core/files/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char BYTE_ORDER_MARK[] = "\xEF\xBB\xBF";

char *ohm_text_skip_mark(char *text)
{
    return strncmp(text, BYTE_ORDER_MARK, 3) == 0 ? text + 3 : text;
}

static bool number_of(const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return end != text && *end == '\0';
}

bool ohm_label_is_number(const char *text)
{
    double value;
    return number_of(text, &value) && isfinite(value);
}

bool ohm_label_equal(const char *a, const char *b)
{
    double x, y;
    if (strcmp(a, b) == 0) return true;
    return number_of(a, &x) && number_of(b, &y) && x == y;
}

static bool is_missing(const char *label)
{
    static const char *const words[] = {"?",   "nan",  "-nan", "+nan",     "null",
                                        "inf", "-inf", "+inf", "infinity", "-infinity"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(label, words[i]) == 0) return true;
    return label[0] == '\0';
}

ohm_status ohm_label_read_name(const char *text, size_t n, char out[OHM_CLASS_NAME_MAX],
                               ohm_err *err)
{
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        n--;
    while (n > 0 && isspace((unsigned char)*text)) {
        text++;
        n--;
    }
    out[0] = '\0';
    if (n == 0) return ohm_err_set(err, OHM_EFORMAT, "the class label is missing");
    if (n >= OHM_CLASS_NAME_MAX)
        return ohm_err_set(
            err, OHM_EFORMAT,
            "the class label \"%.40s...\" has %zu bytes; at most %d are kept, and cut "
            "names could meet",
            text, n, OHM_CLASS_NAME_MAX - 1);
    for (size_t i = 0; i < n;) {
        const unsigned char c = (unsigned char)text[i];
        const size_t length = ohm_utf8_length(text + i, n - i);
        if (length == 0 || c < 0x20 || c == 0x7f || strncmp(text + i, BYTE_ORDER_MARK, 3) == 0)
            return ohm_err_set(err, OHM_EFORMAT,
                               length == 3
                                   ? "the class label holds a byte order mark (byte 0x%02x)"
                                   : "byte 0x%02x in the class label is not printable UTF-8",
                               c);
        i += length;
    }
    memcpy(out, text, n);
    out[n] = '\0';
    return OHM_OK;
}

ohm_status ohm_label_read(const char *text, size_t n, char out[OHM_CLASS_NAME_MAX], ohm_err *err)
{
    double value;
    OHM_TRY(ohm_label_read_name(text, n, out, err));
    if (is_missing(out))
        return ohm_err_set(err, OHM_EFORMAT, "the class label is missing (\"%s\")", out);
    if (number_of(out, &value) && value != floor(value))
        return ohm_err_set(err, OHM_EFORMAT,
                           "the label \"%s\" is no whole number: this is a target of a regression, "
                           "and only classes can be learned",
                           out);
    return OHM_OK;
}
