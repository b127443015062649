/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a report, in the order they stand on the page. */
#ifndef OHM_SIM_REPORT_SECTIONS_H
#define OHM_SIM_REPORT_SECTIONS_H

#include "sim/report/figures.h"

/* Big numbers of one run, or a table beside each other of several. */
void ohm_section_summary(ohm_report_page *page, const ohm_report_run *runs, size_t count);

ohm_status ohm_section_accuracy(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                                ohm_err *err);
ohm_status ohm_section_energy(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                              ohm_err *err);
ohm_status ohm_section_latency(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                               ohm_err *err);
ohm_status ohm_section_area(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                            ohm_err *err);
void ohm_section_mapping(ohm_report_page *page, const ohm_report_run *runs, size_t count);
void ohm_section_sources(ohm_report_page *page, const ohm_report_run *runs, size_t count);
void ohm_section_reproduce(ohm_report_page *page, const ohm_report_run *runs, size_t count);

#endif
