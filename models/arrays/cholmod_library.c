/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/arrays/cholmod_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* Written once, by whoever asks first; constant from then on. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static ohm_cholmod library;
static char problem[256];

/* A function's address as ISO C lets one have it. */
static void find(void *handle, const char *name, void *to)
{
    void *address = dlsym(handle, name);
    if (!address) snprintf(problem, sizeof problem, "%s has no %s", OHM_CHOLMOD_LIBRARY, name);
    memcpy(to, &address, sizeof address);
}

static void load(void)
{
    void *handle = dlopen(OHM_CHOLMOD_LIBRARY, RTLD_NOW | RTLD_LOCAL); /* for good */
    if (!handle) {
        const char *why = dlerror();
        snprintf(problem, sizeof problem, "%s", why ? why : OHM_CHOLMOD_LIBRARY);
        return;
    }
    find(handle, "cholmod_l_start", &library.start);
    find(handle, "cholmod_l_finish", &library.finish);
    find(handle, "cholmod_l_allocate_triplet", &library.allocate_triplet);
    find(handle, "cholmod_l_free_triplet", &library.free_triplet);
    find(handle, "cholmod_l_triplet_to_sparse", &library.triplet_to_sparse);
    find(handle, "cholmod_l_free_sparse", &library.free_sparse);
    find(handle, "cholmod_l_analyze", &library.analyze);
    find(handle, "cholmod_l_factorize", &library.factorize);
    find(handle, "cholmod_l_free_factor", &library.free_factor);
    find(handle, "cholmod_l_solve", &library.solve);
    find(handle, "cholmod_l_sdmult", &library.sdmult);
    find(handle, "cholmod_l_zeros", &library.zeros);
    find(handle, "cholmod_l_free_dense", &library.free_dense);
}

ohm_status ohm_cholmod_get(const ohm_cholmod **out, ohm_err *err)
{
    pthread_once(&once, load);
    *out = &library;
    return problem[0] == '\0'
               ? OHM_OK
               : ohm_err_set(err, OHM_EUNSUPPORTED,
                             "circuits need CHOLMOD, which cannot be loaded: %s", problem);
}
