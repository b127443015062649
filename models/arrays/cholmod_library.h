/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CHOLMOD (Chen, Davis, Hager, Rajamanickam, ACM TOMS 35, 2008), loaded when a circuit is first
 * solved: it brings a BLAS, LAPACK and METIS with it, most of the time a command would take to
 * start, and some BLAS start threads as soon as they are loaded. Private to the folder. */
#ifndef OHM_MODELS_ARRAYS_CHOLMOD_LIBRARY_H
#define OHM_MODELS_ARRAYS_CHOLMOD_LIBRARY_H

#include "core/status.h"

#include <cholmod.h>

/* The functions in use, without their prefix cholmod_l_. */
typedef struct ohm_cholmod {
    __typeof__(cholmod_l_start) *start;
    __typeof__(cholmod_l_finish) *finish;
    __typeof__(cholmod_l_allocate_triplet) *allocate_triplet;
    __typeof__(cholmod_l_free_triplet) *free_triplet;
    __typeof__(cholmod_l_triplet_to_sparse) *triplet_to_sparse;
    __typeof__(cholmod_l_free_sparse) *free_sparse;
    __typeof__(cholmod_l_analyze) *analyze;
    __typeof__(cholmod_l_factorize) *factorize;
    __typeof__(cholmod_l_free_factor) *free_factor;
    __typeof__(cholmod_l_solve) *solve;
    __typeof__(cholmod_l_sdmult) *sdmult;
    __typeof__(cholmod_l_zeros) *zeros;
    __typeof__(cholmod_l_free_dense) *free_dense;
} ohm_cholmod;

/* Loads the library once per process; safe from any thread. OHM_EUNSUPPORTED when it is not there. */
ohm_status ohm_cholmod_get(const ohm_cholmod **out, ohm_err *err);

#endif
