/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any circuit of the tests as a netlist, and what ngspice makes of it, where it is installed. */
#ifndef OHM_TESTS_MODELS_ARRAYS_NGSPICE_SUPPORT_H
#define OHM_TESTS_MODELS_ARRAYS_NGSPICE_SUPPORT_H

#include "tests/models/arrays/circuit_support.h"

#include <unistd.h>

static inline bool have_ngspice(void)
{
    if (system("command -v ngspice >/dev/null 2>&1") == 0) return true;
    puts("ngspice is not installed: nothing is compared with it");
    return false;
}

/* A resistor between named nodes; SPICE knows none of zero ohm, a source of 0 V serves. */
static inline void put_wire(FILE *f, size_t *number, const char *a, const char *b, double ohm)
{
    if (ohm > 0)
        fprintf(f, "R%zu %s %s %.17g\n", (*number)++, a, b, ohm);
    else
        fprintf(f, "V%zu %s %s DC 0\n", (*number)++, a, b);
}

/* Line 0 carries +V, line 1 of interleaved circuits -V. Node names: l<line>_i_o, c_i_o. */
static inline void put_lines(const circuit *c, FILE *f, size_t *number, bool gated, int line)
{
    const double sign = line ? -1 : 1;
    const double *g = line ? c->g_negative : c->g;
    char a[64], b[64];
    double most = 0;
    for (size_t i = 0; i < c->inputs; i++)
        if (c->v[i] > most) most = c->v[i];
    const size_t heads = gated ? c->outputs : c->inputs;
    for (size_t k = 0; k < heads; k++) {
        fprintf(f, "Vd%d_%zu d%d_%zu 0 DC %.17g\n", line, k, line, k,
                sign * (gated ? most : c->v[k]));
        snprintf(a, sizeof a, "d%d_%zu", line, k);
        snprintf(b, sizeof b, "l%d_%zu_%zu", line, gated ? 0 : k, gated ? k : 0);
        put_wire(f, number, a, b, c->wires.row_ohm + c->wires.driver_ohm);
    }
    for (size_t i = 0; i < c->inputs; i++)
        for (size_t o = 0; o < c->outputs; o++) {
            snprintf(a, sizeof a, "l%d_%zu_%zu", line, i, o);
            snprintf(b, sizeof b, "l%d_%zu_%zu", line, gated ? i + 1 : i, gated ? o : o + 1);
            if (gated ? i + 1 < c->inputs : o + 1 < c->outputs)
                put_wire(f, number, a, b, c->wires.row_ohm);
            const double siemens = g[i * c->outputs + o];
            if (siemens > 0 && (!gated || c->v[i] != 0))
                fprintf(f, "R%zu %s c_%zu_%zu %.17g\n", (*number)++, a, i, o, 1 / siemens);
        }
}

static inline void write_netlist(const circuit *c, FILE *f)
{
    const bool gated = c->wires.topology == OHM_WIRES_SEPARATE_SOURCE ||
                       c->wires.topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE;
    size_t number = 0;
    char a[64], b[64];
    fprintf(f, "* %s\n", c->name);
    for (int line = 0; line < (c->g_negative ? 2 : 1); line++)
        put_lines(c, f, &number, gated, line);
    for (size_t o = 0; o < c->outputs; o++) {
        for (size_t i = 0; i + 1 < c->inputs; i++) {
            snprintf(a, sizeof a, "c_%zu_%zu", i, o);
            snprintf(b, sizeof b, "c_%zu_%zu", i + 1, o);
            put_wire(f, &number, a, b, c->wires.column_ohm);
        }
        snprintf(a, sizeof a, "c_%zu_%zu", c->inputs - 1, o);
        snprintf(b, sizeof b, "s%zu", o);
        put_wire(f, &number, a, b, c->wires.column_ohm + c->wires.sense_ohm);
        fprintf(f, "Vs%zu s%zu 0 DC 0\n", o, o);
    }
    fprintf(f, ".control\nset numdgt=15\noptions reltol=1e-12 abstol=1e-18 vntol=1e-15\nop\n");
    for (size_t o = 0; o < c->outputs; o++)
        fprintf(f, "print i(vs%zu)\n", o);
    fprintf(f, ".endc\n.end\n");
}

/* Runs a netlist that prints i(vsN) and compares with current. */
static inline void compare_with_ngspice(const circuit *c, const char *netlist,
                                        const double *current)
{
    char command[1200], line[256];
    snprintf(command, sizeof command, "ngspice -b '%s' 2>/dev/null", netlist);
    FILE *out = popen(command, "r");
    ck_assert_ptr_nonnull(out);
    size_t found = 0, o;
    double ampere;
    while (fgets(line, sizeof line, out))
        if (sscanf(line, "i(vs%zu) = %lf", &o, &ampere) == 2) {
            ck_assert_uint_lt(o, c->outputs);
            ck_assert_msg(fabs(ampere - current[o]) <= 1e-9 * circuit_largest(current, c->outputs),
                          "%s topology %d output %zu: %.15g A, ngspice %.15g A", c->name,
                          c->wires.topology, o, current[o], ampere);
            found++;
        }
    pclose(out);
    ck_assert_uint_eq(found, c->outputs);
}

static inline void compare_circuit_with_ngspice(const circuit *c, const double *current)
{
    char name[] = "/tmp/ohm_spice_XXXXXX";
    const int fd = mkstemp(name);
    ck_assert_int_ge(fd, 0);
    FILE *netlist = fdopen(fd, "w");
    write_netlist(c, netlist);
    fclose(netlist);
    compare_with_ngspice(c, name, current);
    unlink(name);
}

#endif
