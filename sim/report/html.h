/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page around everything: head, style, text made safe, numbers made readable. */
#ifndef OHM_SIM_REPORT_HTML_H
#define OHM_SIM_REPORT_HTML_H

#include "core/units.h"

#include <jansson.h>
#include <stdio.h>

/* Begins and ends a page. */
void ohm_html_begin(FILE *out, const char *title);
void ohm_html_end(FILE *out);

/* Text with & < > " escaped; NULL writes nothing. */
void ohm_html_text(FILE *out, const char *text);

/* <h2> with an id for links, and a paragraph under it (NULL: none). */
void ohm_html_section(FILE *out, const char *id, const char *heading, const char *explanation);

/* One big number with its name under it. */
void ohm_html_card(FILE *out, const char *value, const char *name, const char *detail);

/* A number of an object as an engineering quantity ("1.23 uJ"), "-" when absent. */
void ohm_html_quantity(FILE *out, const json_t *object, const char *key, ohm_unit unit, int digits);

/* A number of an object, NaN when absent. */
double ohm_html_number(const json_t *object, const char *key);

#endif
