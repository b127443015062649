/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A document as one self-contained HTML page: the template (template.html, embedded when built) with
 * the content in its place and the data behind it as JSON. No network, no scripts that run. */
#ifndef OHM_SIM_REPORT_HTML_H
#define OHM_SIM_REPORT_HTML_H

#include "sim/report/document.h"

#include <stdio.h>

/* Writes the page. OHM_ENOMEM as ohm_document_check. */
ohm_status ohm_html_write(const ohm_document *doc, FILE *out, ohm_err *err);

/* Text safe between tags and in attributes in double quotes: & < > " escaped, control characters left
 * out; NULL writes nothing. */
void ohm_html_text(FILE *out, const char *text);

#endif
