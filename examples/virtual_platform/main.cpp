/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A virtual platform: a host and a memory on a bus, and the chip as one device of it. The host
 * streams sequences through the chip; what comes back is compared with the batch engine. */
#include "bus.h"
#include "host.h"
#include "sim/platform/tlm_device.h"
#include "workload.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

namespace
{

const char usage[] =
    "usage: virtual_platform MODEL CHIP [--dma] [--sequences N] [--at-once N] [--seed N]\n"
    "  MODEL  a model file of `ohmstate train`; CHIP  a YAML file or the name of a preset\n"
    "  --dma          inputs and logits through memory instead of the chip's windows\n"
    "  --sequences N  of the test part (16)     --at-once N  for one START of the chip (8)\n";

struct Options {
    const char *model = nullptr, *chip = nullptr;
    bool with_dma = false;
    std::size_t sequences = 16, at_once = 8;
    std::uint64_t seed = 1;
};

bool number(const char *text, std::uint64_t least, std::uint64_t *out)
{
    char *end = nullptr;
    *out = std::strtoull(text, &end, 10);
    return end != text && *end == 0 && *text != '-' && *out >= least;
}

bool parse(int argc, char **argv, Options *o)
{
    for (int i = 1; i < argc; ++i) {
        std::uint64_t value = 0;
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (std::strcmp(argv[i], "--dma") == 0) {
            o->with_dma = true;
        } else if (std::strcmp(argv[i], "--sequences") == 0 && number(next, 1, &value)) {
            o->sequences = value, ++i;
        } else if (std::strcmp(argv[i], "--at-once") == 0 && number(next, 1, &value)) {
            o->at_once = value, ++i;
        } else if (std::strcmp(argv[i], "--seed") == 0 && number(next, 0, &value)) {
            o->seed = value, ++i;
        } else if (argv[i][0] != '-' && !o->chip) {
            (o->model ? o->chip : o->model) = argv[i];
        } else {
            return false;
        }
    }
    return o->chip != nullptr;
}

/* Whether the platform's logits are the batch engine's, bit for bit. */
bool report(const Host &host, const ohm_engine_result &reference)
{
    std::printf("%-12s %6s %14s %14s %14s\n", "sequences", "steps", "chip", "host", "energy");
    for (const Job &job : host.jobs()) {
        char range[32];
        std::snprintf(range, sizeof range, "%zu-%zu", job.first, job.first + job.count - 1);
        std::printf("%-12s %6zu %11.3f us %11.3f us %11.3f nJ\n", range, job.steps,
                    job.chip_sec * 1e6, job.host_sec * 1e6, job.joule * 1e9);
    }
    const bool same = host.logits().size() == reference.count * reference.classes &&
                      std::memcmp(host.logits().data(), reference.codes,
                                  host.logits().size() * sizeof(std::int32_t)) == 0;
    std::printf("%zu of %zu right; logits %s the batch engine's\n", reference.correct,
                reference.labelled, same ? "equal" : "DIFFER from");
    return same;
}

int simulate(const Options &o)
{
    ohm::set_time_resolution(); /* before the first sc_time */
    const Workload workload(o.model, o.chip, o.sequences, o.seed);
    const sc_core::sc_time ns(1, sc_core::SC_NS);

    Bus bus("bus", 5 * ns);
    Memory memory("memory", MEMORY_BYTES, 2 * ns);
    ohm::ChipDevice chip("chip", workload.chip(), workload.costs());
    Host host("host", workload.sequences(), o.at_once, o.with_dma);
    sc_core::sc_signal<bool> interrupt("interrupt");

    bus.map(MEMORY_BASE, MEMORY_BYTES);
    bus.targets.bind(memory.socket);
    bus.map(CHIP_BASE, CHIP_BYTES);
    bus.targets.bind(chip.registers);
    host.socket.bind(bus.initiators);
    chip.dma.bind(bus.initiators);
    chip.interrupt.bind(interrupt);
    host.interrupt.bind(interrupt);

    sc_core::sc_start();
    if (!host.is_done()) {
        std::fprintf(stderr, "nothing moves any more and the host still waits: %s\n",
                     chip.error().message);
        return 1;
    }
    return report(host, workload.reference()) ? 0 : 1;
}

} // namespace

int sc_main(int argc, char **argv)
{
    Options options;
    if (!parse(argc, argv, &options)) {
        std::fputs(usage, stderr);
        return 2;
    }
    try {
        return simulate(options);
    } catch (const std::exception &e) {
        std::fprintf(stderr, "virtual_platform: %s\n", e.what());
        return 1;
    }
}
