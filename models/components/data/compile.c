/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs while building: turns the cost models of YAML files into one C file of constant tables, so
 * that the library has nothing to read, to allocate or to fail at.
 *
 *     compile OUT.c FILE.yaml...
 *
 * The format is described in README.md beside the files. A number is written as an expression of
 * quantities, + * / and parentheses ("4 mW / 1024", "0.21 pJ + 32 * 9 fJ"), so that the figures of
 * the source can be seen; its dimension is checked. */
#include "core/config/config_tree.h"
#include "core/units.h"
#include "models/components/point.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- expressions of quantities --- */

enum { WATT, SECOND, METRE, VOLT, DIMENSIONS };

typedef struct quantity {
    double value; /* SI */
    int power[DIMENSIONS];
} quantity;

/* Powers of W, s, m, V of what the units of core/units.h measure. */
static const int unit_powers[OHM_UNIT_COUNT_][DIMENSIONS] = {
    [OHM_UNIT_SIEMENS] = {1, 0, 0, -2}, [OHM_UNIT_OHM] = {-1, 0, 0, 2},
    [OHM_UNIT_VOLT] = {0, 0, 0, 1},     [OHM_UNIT_AMPERE] = {1, 0, 0, -1},
    [OHM_UNIT_SECOND] = {0, 1, 0, 0},   [OHM_UNIT_HERTZ] = {0, -1, 0, 0},
    [OHM_UNIT_METRE] = {0, 0, 1, 0},    [OHM_UNIT_SQUARE_METRE] = {0, 0, 2, 0},
    [OHM_UNIT_JOULE] = {1, 1, 0, 0},    [OHM_UNIT_WATT] = {1, 0, 0, 0},
    [OHM_UNIT_FARAD] = {1, 1, 0, -2},
};

/* Where reading stands, and the node that the text is of. */
typedef struct reader {
    const char *at;
    const ohm_node *node;
} reader;

__attribute__((noreturn, format(printf, 2, 3))) static void fail(const ohm_node *node,
                                                                 const char *format, ...)
{
    const char *file = "";
    int line = 0, column = 0;
    if (node) ohm_tree_place(node, &file, &line, &column);
    fprintf(stderr, "%s:%d:%d: ", file, line, column);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static void skip_blanks(reader *r)
{
    while (isspace((unsigned char)*r->at))
        r->at++;
}

static quantity read_sum(reader *r);

/* A number with or without a unit: up to the next operator that stands between blanks. */
static quantity read_number(reader *r)
{
    char text[64];
    size_t n = 0;
    skip_blanks(r);
    for (; *r->at && *r->at != ')' && n + 1 < sizeof text; r->at++) {
        if (isspace((unsigned char)r->at[0]) && strchr("+*/", r->at[1]) != NULL && r->at[1]) break;
        text[n++] = *r->at;
    }
    text[n] = '\0';
    for (int unit = 0; unit < OHM_UNIT_COUNT_; unit++) {
        quantity q = {0};
        if (ohm_quantity_parse(text, (ohm_unit)unit, &q.value, NULL) != OHM_OK) continue;
        memcpy(q.power, unit_powers[unit], sizeof q.power);
        return q;
    }
    fail(r->node, "'%s' is no quantity", text);
}

static quantity read_factor(reader *r)
{
    skip_blanks(r);
    if (*r->at != '(') return read_number(r);
    r->at++;
    quantity q = read_sum(r);
    skip_blanks(r);
    if (*r->at++ != ')') fail(r->node, "a ')' is missing");
    return q;
}

static quantity read_product(reader *r)
{
    quantity q = read_factor(r);
    for (;;) {
        skip_blanks(r);
        const char operator= * r->at;
        if (operator!= '*' && operator!= '/') return q;
        r->at++;
        const quantity f = read_factor(r);
        q.value = operator== '*' ? q.value * f.value : q.value / f.value;
        for (int d = 0; d < DIMENSIONS; d++)
            q.power[d] += operator== '*' ? f.power[d] : - f.power[d];
    }
}

static quantity read_sum(reader *r)
{
    quantity q = read_product(r);
    for (;;) {
        skip_blanks(r);
        if (*r->at != '+') return q;
        r->at++;
        const quantity term = read_product(r);
        if (memcmp(q.power, term.power, sizeof q.power) != 0)
            fail(r->node, "a sum of different dimensions");
        q.value += term.value;
    }
}

static quantity evaluate(const ohm_node *node)
{
    const char *text = ohm_tree_text(node);
    if (!text) fail(node, "expected a number");
    reader r = {text, node};
    const quantity q = read_sum(&r);
    skip_blanks(&r);
    if (*r.at) fail(node, "'%s' follows a number", r.at);
    if (!isfinite(q.value)) fail(node, "'%s' is not finite", text);
    return q;
}

/* Value of that unit's dimension; bits, bytes, kelvin and plain numbers have none. */
static double evaluate_as(const ohm_node *node, ohm_unit unit)
{
    const quantity q = evaluate(node);
    if (memcmp(q.power, unit_powers[unit], sizeof q.power) != 0)
        fail(node, "expected %s", ohm_unit_expected(unit));
    return q.value;
}

/* --- the tree --- */

static const ohm_node *find(const ohm_node *mapping, const char *key)
{
    return mapping ? ohm_tree_child(mapping, key) : NULL;
}

static const char *text_of(const ohm_node *model, const char *key)
{
    const ohm_node *node = find(model, key);
    if (!node || !ohm_tree_text(node)) fail(model, "%s: missing", key);
    return ohm_tree_text(node);
}

static void check_keys(const ohm_node *mapping, const char *const *known)
{
    for (size_t i = 0; i < ohm_tree_count(mapping); i++) {
        const char *const *k = known;
        while (*k && strcmp(*k, ohm_tree_key(mapping, i)) != 0)
            k++;
        if (!*k) fail(ohm_tree_at(mapping, i), "'%s' is no key here", ohm_tree_key(mapping, i));
    }
}

static size_t choice(const ohm_node *node, const char *const *names, size_t otherwise)
{
    if (!node) return otherwise;
    for (size_t i = 0; names[i]; i++)
        if (ohm_tree_text(node) && strcmp(names[i], ohm_tree_text(node)) == 0) return i;
    fail(node, "none of the choices");
}

/* --- writing --- */

static void write_text(FILE *out, const char *member, const char *text)
{
    fprintf(out, "    .%s = \"", member);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') fputc('\\', out);
        if ((unsigned char)*text < 0x80)
            fputc(*text, out);
        else /* octal ends after three digits, hexadecimal would not */
            fprintf(out, "\\%03o", (unsigned)(unsigned char)*text);
    }
    fprintf(out, "\",\n");
}

static void write_inputs(FILE *out, const ohm_node *inputs, size_t model)
{
    static const char *const keys[] = {"at", "from", "to", NULL};
    fprintf(out, "static const ohm_component_input inputs_%zu[] = {\n", model);
    for (size_t i = 0; inputs && i < ohm_tree_count(inputs); i++) {
        const char *key = ohm_tree_key(inputs, i);
        const ohm_node *node = ohm_tree_at(inputs, i);
        const ohm_param *row = ohm_component_param(key);
        if (!row) fail(node, "'%s' is no input of a cost model", key);
        const bool is_single = ohm_tree_kind(node) == OHM_NODE_SCALAR;
        const ohm_node *at = is_single ? node : find(node, "at"), *low = at, *high = at;
        if (!is_single) {
            check_keys(node, keys);
            low = find(node, "from");
            high = find(node, "to");
        }
        if (!at || !low || !high) fail(node, "expected at, from and to");
        fprintf(out, "    {\"%s\", %a, %a, %a},\n", key, evaluate_as(at, row->unit),
                evaluate_as(low, row->unit), evaluate_as(high, row->unit));
    }
    fprintf(out, "    {0}};\n");
}

static void write_constants(FILE *out, const ohm_node *constants, size_t model)
{
    for (size_t i = 0; constants && i < ohm_tree_count(constants); i++) {
        const ohm_node *node = ohm_tree_at(constants, i);
        const bool is_list = ohm_tree_kind(node) == OHM_NODE_SEQUENCE;
        const size_t count = is_list ? ohm_tree_count(node) : 1;
        fprintf(out, "static const double constants_%zu_%zu[] = {", model, i);
        for (size_t k = 0; k < count; k++)
            fprintf(out, "%s%a", k ? ", " : "",
                    evaluate(is_list ? ohm_tree_at(node, k) : node).value);
        fprintf(out, "};\n");
    }
    fprintf(out, "static const ohm_component_constants constants_%zu[] = {\n", model);
    for (size_t i = 0; constants && i < ohm_tree_count(constants); i++) {
        const ohm_node *node = ohm_tree_at(constants, i);
        const bool is_list = ohm_tree_kind(node) == OHM_NODE_SEQUENCE;
        fprintf(out, "    {\"%s\", %zu, constants_%zu_%zu},\n", ohm_tree_key(constants, i),
                is_list ? ohm_tree_count(node) : (size_t)1, model, i);
    }
    fprintf(out, "    {0}};\n");
}

/* What the source gives beside energy. */
typedef struct given {
    bool latency, area, leakage;
    ohm_leakage_basis basis; /* where no number is given */
} given;

/* `leakage: included` (within the energies) or `none` (nothing leaks); else a number or absent. */
static bool read_basis(const ohm_node *leakage, given *gives)
{
    const char *text = leakage ? ohm_tree_text(leakage) : NULL;
    gives->basis = OHM_LEAKAGE_NOT_GIVEN;
    if (text && strcmp(text, "included") == 0) gives->basis = OHM_LEAKAGE_WITHIN_ENERGY;
    if (text && strcmp(text, "none") == 0) gives->basis = OHM_LEAKAGE_NONE;
    return leakage && gives->basis == OHM_LEAKAGE_NOT_GIVEN;
}

static void write_point(FILE *out, const ohm_node *node, size_t model, given *gives)
{
    static const char *const action_keys[] = {"energy", "latency", NULL};
    static const char *const growths[] = {
        [OHM_GROWTH_NONE] = "none",         [OHM_GROWTH_LINEAR] = "linear",
        [OHM_GROWTH_SQUARE] = "square",     [OHM_GROWTH_POWER078] = "power_0.78",
        [OHM_GROWTH_DOUBLING] = "doubling", [OHM_GROWTH_DOUBLING + 1] = NULL};
    static const char *const numbers[] = {"energy", "latency", "area", "leakage", NULL};
    const ohm_node *actions = find(node, "actions"), *grows = find(node, "grows");
    const ohm_node *area = find(node, "area"), *leakage = find(node, "leakage");
    gives->latency = true;
    gives->area = area != NULL;
    gives->leakage = read_basis(leakage, gives);
    if (actions && ohm_tree_count(actions) > OHM_POINT_ACTIONS)
        fail(actions, "more than %d actions", OHM_POINT_ACTIONS);
    if (grows && ohm_tree_count(grows) > OHM_POINT_RULES)
        fail(grows, "more than %d rules", OHM_POINT_RULES);
    fprintf(out, "static const ohm_point point_%zu = {\n    .actions = {", model);
    for (size_t i = 0; actions && i < ohm_tree_count(actions); i++) {
        const ohm_node *action = ohm_tree_at(actions, i);
        check_keys(action, action_keys);
        const ohm_node *energy = find(action, "energy"), *latency = find(action, "latency");
        if (!energy) fail(action, "energy: missing");
        if (!latency) gives->latency = false;
        fprintf(out, "{\"%s\", %a, %a}, ", ohm_tree_key(actions, i),
                evaluate_as(energy, OHM_UNIT_JOULE),
                latency ? evaluate_as(latency, OHM_UNIT_SECOND) : 0.0);
    }
    if (!actions || ohm_tree_count(actions) == 0) fprintf(out, "{0}");
    fprintf(out, "},\n    .area_m2 = %a,\n    .leakage_watt = %a,\n",
            area ? evaluate_as(area, OHM_UNIT_SQUARE_METRE) : 0.0,
            gives->leakage ? evaluate_as(leakage, OHM_UNIT_WATT) : 0.0);
    fprintf(out, "    .rules = {");
    for (size_t i = 0; grows && i < ohm_tree_count(grows); i++) {
        const ohm_node *rule = ohm_tree_at(grows, i);
        check_keys(rule, numbers);
        if (!find(find(node, "inputs"), ohm_tree_key(grows, i)))
            fail(rule, "'%s' is not among the inputs", ohm_tree_key(grows, i));
        fprintf(out, "{\"%s\"", ohm_tree_key(grows, i));
        for (size_t k = 0; numbers[k]; k++)
            fprintf(out, ", (ohm_growth)%zu", choice(find(rule, numbers[k]), growths, 0));
        fprintf(out, "}, ");
    }
    if (!grows || ohm_tree_count(grows) == 0) fprintf(out, "{0}");
    fprintf(out, "}};\n");
}

static void read_gives(const ohm_node *model, given *gives)
{
    static const char *const names[] = {"latency", "area", "leakage", NULL};
    bool *const flags[] = {&gives->latency, &gives->area, &gives->leakage};
    const ohm_node *list = find(model, "gives");
    if (!list) fail(model, "gives: missing; list what the source gives beside energy");
    if (read_basis(find(model, "leakage"), gives))
        fail(model, "leakage: of an estimator it is none or included");
    for (size_t i = 0; i < ohm_tree_count(list); i++)
        *flags[choice(ohm_tree_at(list, i), names, 0)] = true;
}

static void write_model(FILE *out, const char *name, const ohm_node *model, size_t number)
{
    static const char *const keys[] = {"class", "summary",   "formula", "source",  "valid",
                                       "node",  "supply",    "scaling", "domain",  "inputs",
                                       "grows", "actions",   "area",    "leakage", "estimator",
                                       "gives", "constants", NULL};
    static const char *const scalings[] = {[OHM_SCALING_LOGIC] = "logic",
                                           [OHM_SCALING_NODE] = "node",
                                           [OHM_SCALING_OWN] = "formula",
                                           [OHM_SCALING_FIXED] = "fixed",
                                           [OHM_SCALING_FIXED + 1] = NULL};
    static const char *const domains[] = {"voltage", "time", NULL};
    const ohm_node *estimator = find(model, "estimator"), *constants = find(model, "constants");
    const ohm_node *supply = find(model, "supply"), *node = find(model, "node");
    given gives = {0};
    check_keys(model, keys);
    if (!node) fail(model, "node: missing");
    write_inputs(out, find(model, "inputs"), number);
    if (estimator && find(model, "actions")) fail(model, "actions or an estimator, not both");
    if (estimator) {
        read_gives(model, &gives);
        write_constants(out, constants, number);
    } else {
        write_point(out, model, number, &gives);
    }
    fprintf(out, "static const ohm_component_model model_%zu = {\n", number);
    write_text(out, "component", text_of(model, "class"));
    write_text(out, "name", name);
    write_text(out, "summary", text_of(model, "summary"));
    write_text(out, "formula", text_of(model, "formula"));
    write_text(out, "source", text_of(model, "source"));
    write_text(out, "valid", text_of(model, "valid"));
    fprintf(out, "    .node_m = %a,\n    .supply_volt = %a,\n", evaluate_as(node, OHM_UNIT_METRE),
            supply ? evaluate_as(supply, OHM_UNIT_VOLT) : 0.0);
    fprintf(out, "    .scaling = (ohm_scaling)%zu,\n    .is_time_domain = %d,\n",
            choice(find(model, "scaling"), scalings, 0),
            choice(find(model, "domain"), domains, 0) == 1);
    fprintf(out,
            "    .includes_area = %d,\n    .includes_leakage = %d,\n    .includes_latency = %d,\n",
            gives.area, gives.leakage, gives.latency);
    fprintf(out, "    .leakage_basis = (ohm_leakage_basis)%d,\n", (int)gives.basis);
    fprintf(out, "    .inputs = inputs_%zu,\n", number);
    if (estimator)
        fprintf(out, "    .constants = constants_%zu,\n    .estimate = ohm_estimate_%s};\n\n",
                number, ohm_tree_text(estimator));
    else
        fprintf(out, "    .point = &point_%zu,\n    .estimate = ohm_point_estimate};\n\n", number);
}

static size_t write_file(FILE *out, const char *path, size_t number)
{
    ohm_config *config;
    ohm_err err;
    if (ohm_config_load(path, "component_data", &config, &err) != OHM_OK) {
        fprintf(stderr, "%s:%d:%d: %s\n", err.path, err.line, err.column, err.message);
        exit(1);
    }
    const ohm_node *root = ohm_config_root(config);
    for (size_t i = 0; i < ohm_tree_count(root); i++)
        if (!ohm_tree_is_meta(root, i))
            write_model(out, ohm_tree_key(root, i), ohm_tree_at(root, i), number++);
    ohm_config_free(config);
    return number;
}

int main(int count, char **arguments)
{
    if (count < 3) return 1;
    FILE *out = fopen(arguments[1], "w");
    size_t number = 0;
    if (!out) return 1;
    fprintf(out, "/* Made from models/components/data by its compile.c; do not edit. */\n"
                 "#include \"models/components/estimators.h\"\n"
                 "#include \"models/components/point.h\"\n\n");
    for (int i = 2; i < count; i++)
        number = write_file(out, arguments[i], number);
    fprintf(out, "const ohm_component_model *const ohm_component_models[] = {\n");
    for (size_t i = 0; i < number; i++)
        fprintf(out, "    &model_%zu,\n", i);
    fprintf(out, "    NULL};\n");
    return fclose(out) == 0 ? 0 : 1;
}
