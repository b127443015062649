/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/wrap.h"

#include <string.h>

enum { WIDTH = 100 };

void ohm_wrap_write(FILE *stream, const char *text, size_t column, size_t indent)
{
    size_t at = column;
    while (*text) {
        size_t word = strcspn(text, " \n");
        if (at > indent && at + word > WIDTH) {
            fprintf(stream, "\n%*s", (int)indent, "");
            at = indent;
        }
        fprintf(stream, "%.*s", (int)word, text);
        at += word;
        text += word;
        if (*text == '\n') {
            fprintf(stream, "\n%*s", (int)indent, "");
            at = indent;
            text++;
        } else if (*text == ' ') {
            text++;
            if (at + 1 + strcspn(text, " \n") <= WIDTH) {
                fputc(' ', stream);
                at++;
            } else {
                at = WIDTH + 1;
            }
        }
    }
    fputc('\n', stream);
}
