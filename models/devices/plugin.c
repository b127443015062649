/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model from a shared object with the C ABI of device.h. The object exports one function,
 * ohm_device_plugin, that returns its const ohm_device_model. Its parameters are given as
 * "key=value, key=value" and pass the checks of its own parameter table.
 *
 * Source: whoever wrote the object. Valid and left out: what the object says. */
#include "models/devices/models.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct plugin_config {
    char library[OHM_PARAM_STRING_MAX];
    char parameters[OHM_PARAM_STRING_MAX]; /* "key=value, key=value" */
} plugin_config;

typedef struct plugin {
    void *object; /* of dlopen */
    const ohm_device_model *model;
    void *params;
    void *context; /* of the object's own open */
} plugin;

static void close_plugin(void *context)
{
    plugin *p = context;
    if (!p) return;
    if (p->context && p->model->close) p->model->close(p->context);
    free(p->params);
    if (p->object) dlclose(p->object);
    free(p);
}

static ohm_status check_model(const char *library, const ohm_device_model *model, ohm_err *err)
{
    if (!model || model->abi != OHM_DEVICE_ABI)
        return ohm_err_set(err, OHM_ECONFIG,
                           "library: %s was built for device ABI %d, this program has %d", library,
                           model ? model->abi : 0, OHM_DEVICE_ABI);
    if (!model->name || !model->summary || !model->equation || !model->source || !model->valid ||
        !model->omits || !model->params || !model->window || !model->program || !model->age ||
        !model->noise || !model->open != !model->close || model->delegate)
        return ohm_err_set(err, OHM_ECONFIG, "library: the model of %s is incomplete", library);
    if (model->planes < 1 || model->planes > OHM_DEVICE_PLANES_MAX)
        return ohm_err_set(err, OHM_ECONFIG,
                           "library: %s asks for %zu state planes, expected 1 to %d", library,
                           model->planes, OHM_DEVICE_PLANES_MAX);
    return OHM_OK;
}

/* The object's parameters from their defaults and the texts of the configuration. */
static ohm_status read_params(const plugin_config *config, plugin *p, ohm_err *err)
{
    const ohm_param_table *table = p->model->params;
    p->params = calloc(1, table->struct_size ? table->struct_size : 1);
    if (!p->params) return ohm_err_no_memory(err, "a device");
    /* a required parameter without a value is found by the check below, once all texts are in */
    (void)ohm_param_defaults(table, p->params, NULL);
    char list[OHM_PARAM_STRING_MAX];
    memcpy(list, config->parameters, sizeof list);
    char *rest = NULL;
    for (char *item = strtok_r(list, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
        item += strspn(item, " ");
        char *equals = strchr(item, '=');
        if (!equals || equals == item)
            return ohm_err_set(err, OHM_ECONFIG, "parameters: '%s' is not of the form key=value",
                               item);
        *equals = '\0';
        if (ohm_param_set(table, p->params, item, equals + 1, err) != OHM_OK)
            return ohm_err_prefix(err, "parameters of %s", p->model->name);
    }
    if (ohm_param_check(table, p->params, err) != OHM_OK)
        return ohm_err_prefix(err, "parameters of %s", p->model->name);
    return OHM_OK;
}

static ohm_status load(const plugin_config *config, plugin *p, ohm_err *err)
{
    if (!config->library[0])
        return ohm_err_set(err, OHM_ECONFIG, "library: name the shared object of the model");
    /* a name without a folder is a file here, not one of the system's libraries */
    char path[OHM_PARAM_STRING_MAX + 2];
    snprintf(path, sizeof path, "%s%s", strchr(config->library, '/') ? "" : "./", config->library);
    p->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!p->object) return ohm_err_set(err, OHM_ECONFIG, "library: %s", dlerror());
    void *symbol = dlsym(p->object, OHM_DEVICE_PLUGIN_SYMBOL);
    if (!symbol)
        return ohm_err_set(err, OHM_ECONFIG, "library: %s exports no function %s", config->library,
                           OHM_DEVICE_PLUGIN_SYMBOL);
    ohm_device_plugin_fn get;
    memcpy(&get, &symbol, sizeof get); /* ISO C knows no cast from data to function pointers */
    p->model = get();
    OHM_TRY(check_model(config->library, p->model, err));
    OHM_TRY(read_params(config, p, err));
    return p->model->open ? p->model->open(p->params, &p->context, err) : OHM_OK;
}

static ohm_status open_plugin(const void *params, void **context, ohm_err *err)
{
    plugin *p = calloc(1, sizeof *p);
    if (!p) return ohm_err_no_memory(err, "a device");
    ohm_status status = load(params, p, err);
    if (status != OHM_OK)
        close_plugin(p);
    else
        *context = p;
    return status;
}

static const ohm_device_model *delegate(const void *context, const void **handed)
{
    const plugin *p = context;
    *handed = p->context ? p->context : p->params;
    return p->model;
}

static const ohm_param rows[] = {
    {.key = "library",
     .kind = OHM_PARAM_STRING,
     .is_path = true,
     .offset = offsetof(plugin_config, library),
     .fallback = "",
     .doc = "Shared object that exports ohm_device_plugin."},
    {.key = "parameters",
     .kind = OHM_PARAM_STRING,
     .offset = offsetof(plugin_config, parameters),
     .fallback = "",
     .doc = "Parameters of its model: key=value, key=value."},
};

static const ohm_param_table params = {"plugin",
                                       "A model from a shared object.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(plugin_config),
                                       NULL};

const ohm_device_model ohm_device_plugin = {
    .abi = OHM_DEVICE_ABI,
    .name = "plugin",
    .summary = "your own model from a shared object",
    .equation = "what the object computes",
    .source = "the object's author",
    .valid = "what the object says",
    .omits = "what the object says",
    .params = &params,
    .planes = 1,
    .open = open_plugin,
    .close = close_plugin,
    .delegate = delegate,
};
