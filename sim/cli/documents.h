/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of configuration document, for `describe` and `schema`. A new kind is one row in
 * documents.c. */
#ifndef OHM_SIM_CLI_DOCUMENTS_H
#define OHM_SIM_CLI_DOCUMENTS_H

#include "core/param.h"

typedef struct ohm_document_kind {
    const char *kind; /* as a document's `kind:` says it */
    const ohm_param_table *table;
} ohm_document_kind;

/* Ends with a row of NULLs. */
extern const ohm_document_kind ohm_document_kinds[];

/* The row of a kind, or NULL. */
const ohm_document_kind *ohm_document_kind_find(const char *kind);

/* Records "no such kind" with the nearest or all known ones. */
ohm_status ohm_document_kind_unknown(const char *kind, ohm_err *err);

#endif
