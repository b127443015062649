/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void record(ohm_err *err, ohm_status status, const char *path, int line, int column,
                   const char *format, va_list args)
{
    err->status = status;
    err->line = line;
    err->column = column;
    snprintf(err->path, sizeof err->path, "%s", path ? path : "");
    vsnprintf(err->message, sizeof err->message, format, args);
}

ohm_status ohm_err_set(ohm_err *err, ohm_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        record(err, status, NULL, 0, 0, format, args);
        va_end(args);
    }
    return status;
}

ohm_status ohm_err_at(ohm_err *err, ohm_status status, const char *path, int line, int column,
                      const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        record(err, status, path, line, column, format, args);
        va_end(args);
    }
    return status;
}

ohm_status ohm_err_no_memory(ohm_err *err, const char *what, ...)
{
    char text[OHM_MESSAGE_MAX];
    va_list args;
    va_start(args, what);
    vsnprintf(text, sizeof text, what, args);
    va_end(args);
    return ohm_err_set(err, OHM_ENOMEM, "out of memory for %.700s", text);
}

ohm_status ohm_err_exists(ohm_err *err, const char *path)
{
    return ohm_err_at(err, OHM_EEXIST, path, 0, 0,
                      "exists already; choose another name or add --force");
}

ohm_status ohm_err_prefix(ohm_err *err, const char *format, ...)
{
    if (!err) return OHM_EINVAL;
    char prefix[OHM_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);

    char joined[2 * OHM_MESSAGE_MAX + 4];
    snprintf(joined, sizeof joined, "%s: %s", prefix, err->message);
    memcpy(err->message, joined, sizeof err->message - 1);
    err->message[sizeof err->message - 1] = '\0';
    return err->status;
}

void ohm_err_format(const ohm_err *err, char *out, unsigned long size)
{
    if (err->path[0] && err->line > 0 && err->column == 0) /* a whole line */
        snprintf(out, size, "%s:%d: %s", err->path, err->line, err->message);
    else if (err->path[0] && err->line > 0)
        snprintf(out, size, "%s:%d:%d: %s", err->path, err->line, err->column, err->message);
    else if (err->path[0])
        snprintf(out, size, "%s: %s", err->path, err->message);
    else
        snprintf(out, size, "%s", err->message);
}

const char *ohm_status_name(ohm_status status)
{
    static const char *const names[] = {
        [OHM_OK] = "ok",
        [OHM_EINVAL] = "invalid argument",
        [OHM_ECONFIG] = "configuration",
        [OHM_ERANGE] = "out of range",
        [OHM_EUNSUPPORTED] = "unsupported combination",
        [OHM_EIO] = "input/output",
        [OHM_EFORMAT] = "file format",
        [OHM_EEXIST] = "exists",
        [OHM_ENOMEM] = "out of memory",
        [OHM_ENUMERIC] = "numeric",
        [OHM_EINTERRUPTED] = "interrupted",
    };
    size_t i = (size_t)status;
    return i < sizeof names / sizeof names[0] ? names[i] : "unknown";
}

int ohm_status_exit_code(ohm_status status)
{
    switch (status) {
    case OHM_OK:
        return 0;
    case OHM_ECONFIG:
    case OHM_EUNSUPPORTED:
    case OHM_ERANGE:
        return 2;
    default:
        return 1;
    }
}
