/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status codes and the caller-owned error record. Libraries fill it; only the command prints it. */
#ifndef OHM_CORE_STATUS_H
#define OHM_CORE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_status {
    OHM_OK = 0,
    OHM_EINVAL,       /* an argument that no caller should pass: shape, NULL, NaN */
    OHM_ECONFIG,      /* a user's configuration or usage: exit code 2 */
    OHM_ERANGE,       /* outside the valid range of a model */
    OHM_EUNSUPPORTED, /* a combination the support matrix excludes */
    OHM_EIO,          /* the file system said no */
    OHM_EFORMAT,      /* a file that is not what it claims to be */
    OHM_EEXIST,       /* would overwrite without --force */
    OHM_ENOMEM,
    OHM_ENUMERIC,    /* NaN, divergence, no convergence */
    OHM_EINTERRUPTED /* a signal asked us to stop; state was saved */
} ohm_status;

enum { OHM_MESSAGE_MAX = 768, OHM_PATH_MAX = 512 };

/* What went wrong, where, and how to mend it. line and column are 1-based, 0 when unknown. */
typedef struct ohm_err {
    ohm_status status;
    int line;
    int column;
    char path[OHM_PATH_MAX];
    char message[OHM_MESSAGE_MAX];
} ohm_err;

/* Records status and a printf-style message (no newline, no trailing dot) and returns status.
 * err may be NULL. The place (path, line, column) is cleared. */
ohm_status ohm_err_set(ohm_err *err, ohm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with a place in a file. path may be NULL; line and column 0 when unknown. */
ohm_status ohm_err_at(ohm_err *err, ohm_status status, const char *path, int line, int column,
                      const char *format, ...) __attribute__((format(printf, 6, 7)));

/* OHM_ENOMEM: "out of memory for WHAT", such as "a page" or "%zu devices". */
ohm_status ohm_err_no_memory(ohm_err *err, const char *what, ...)
    __attribute__((format(printf, 2, 3)));

/* OHM_EEXIST: what every output says that is there already and was not to be overwritten. */
ohm_status ohm_err_exists(ohm_err *err, const char *path);

/* Puts "prefix: " before the message that err already holds and returns err's status. */
ohm_status ohm_err_prefix(ohm_err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes "path:line:column: message" (as much as is known) into out, always terminated. */
void ohm_err_format(const ohm_err *err, char *out, unsigned long size);

/* Short English name of a status, for logs. */
const char *ohm_status_name(ohm_status status);

/* The command's exit code for a status: 0, 1 (failed run) or 2 (usage or configuration). */
int ohm_status_exit_code(ohm_status status);

/* Returns early with the status of a failed call. */
#define OHM_TRY(call)                                                                              \
    do {                                                                                           \
        ohm_status ohm_try_status_ = (call);                                                       \
        if (ohm_try_status_ != OHM_OK) return ohm_try_status_;                                     \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
