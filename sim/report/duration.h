/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times as people say them: "fresh", "25 s", "1 day", "1 year". */
#ifndef OHM_SIM_REPORT_DURATION_H
#define OHM_SIM_REPORT_DURATION_H

#include <stddef.h>

/* The largest of year (365.25 days), day, h, min that fits at least once; below a minute as a
 * quantity. Three digits; 0 is "fresh". */
void ohm_duration_text(double sec, char *out, size_t size);

#endif
