/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/nearest.h"

#include <ctype.h>
#include <string.h>

enum { WORD_MAX = 64 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance (Damerau-Levenshtein without overlapping swaps). */
static size_t edits(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][WORD_MAX];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            now[j] = smaller(smaller(last[j] + 1, now[j - 1] + 1), last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                tolower((unsigned char)a[i - 2]) == y)
                now[j] = smaller(now[j], before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

void ohm_nearest_add_candidate(ohm_nearest *n, const char *candidate)
{
    size_t word = strlen(n->word), other = strlen(candidate);
    if (word == 0 || other == 0 || word >= WORD_MAX || other >= WORD_MAX) return;
    size_t distance = edits(n->word, word, candidate, other);
    size_t longest = word > other ? word : other;
    size_t shortest = smaller(word, other);
    int contained = shortest >= 3 && (strstr(candidate, n->word) || strstr(n->word, candidate));
    if (distance > (longest + 2) / 3 && !contained) return;
    if (!n->best || distance < n->distance) {
        n->best = candidate;
        n->distance = distance;
    }
}
