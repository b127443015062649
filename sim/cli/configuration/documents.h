/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of configuration document, for `describe` and `schema`. A new kind is one row in
 * documents.c. */
#ifndef OHM_SIM_CLI_CONFIGURATION_DOCUMENTS_H
#define OHM_SIM_CLI_CONFIGURATION_DOCUMENTS_H

#include "core/config/param.h"

/* A top-level key that its reader walks itself, since its keys are not known beforehand, or reads
 * alone through a table. */
typedef struct ohm_document_section {
    const char *key;
    const char *type; /* "object", "array" or "string" */
    const char *doc;
    const ohm_param_table *table; /* NULL: free-form */
} ohm_document_section;

typedef struct ohm_document_kind {
    const char *kind;                     /* as a document's `kind:` says it */
    const ohm_param_table *table;         /* of the whole document; NULL: sections only */
    const ohm_document_section *sections; /* ends with a row of NULLs; may be NULL */
    const char *doc;                      /* NULL: the table's */
} ohm_document_kind;

/* Ends with a row of NULLs. */
extern const ohm_document_kind ohm_document_kinds[];

/* One line on what documents of this kind hold. */
const char *ohm_document_kind_doc(const ohm_document_kind *kind);

/* The row of a kind, or NULL. */
const ohm_document_kind *ohm_document_kind_find(const char *kind);

/* Records "no such kind" with the nearest or all known ones. */
ohm_status ohm_document_kind_unknown(const char *kind, ohm_err *err);

#endif
