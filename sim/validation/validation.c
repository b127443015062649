/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/validation/validation.h"

#include "sim/validation/validation_sheet.h"

ohm_status ohm_validation_make(ohm_validation *out, ohm_err *err)
{
    ohm_sheet sheet = {.status = OHM_OK, .err = err};
    ohm_validate_isaac(out, &sheet);
    ohm_validate_puma(out, &sheet);
    ohm_validate_hermes(out, &sheet);
    ohm_validate_neurram(out, &sheet);
    ohm_validate_accelergy(out, &sheet);
    return sheet.status;
}
