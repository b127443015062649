/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processor of the platform, as far as software sees it: loads and stores, an interrupt line,
 * and a driver for the chip on top of them. */
#ifndef HOST_H
#define HOST_H

#include "sim/batch/sequences.h"
#include "sim/platform/registers.h"
#include "tiles/sc/time.h"

#include <cstdint>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <vector>

/* Where things lie on the bus. */
enum : std::uint64_t {
    MEMORY_BASE = 0,
    MEMORY_BYTES = 1 << 24,
    CHIP_BASE = 0x40000000,
    CHIP_BYTES = OHM_OUTPUT_WINDOW + OHM_WINDOW_BYTES
};

/* What one START of the chip did. */
struct Job {
    std::size_t first, count, steps;  /* steps of all of them */
    double chip_sec, host_sec, joule; /* on the chip alone; with everything the host had to do */
};

class Host : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(Host);

    tlm_utils::simple_initiator_socket<Host> socket;
    sc_core::sc_in<bool> interrupt;

    /* Runs all sequences, up to `at_once` in one START, through the chip's windows
     * or, with_dma, through memory. They must outlive the simulation. */
    Host(sc_core::sc_module_name name, const ohm_loaded &sequences, std::size_t at_once,
         bool with_dma);

    /* After the simulation: (sequences, classes) logits, and how they came about. */
    const std::vector<std::int32_t> &logits() const { return logits_; }
    const std::vector<Job> &jobs() const { return jobs_; }
    bool is_done() const { return is_done_; }

  private:
    void program();
    std::size_t fitting(std::size_t first);
    void run(std::size_t first, std::size_t count);
    std::uint64_t bytes_of(std::size_t sequence) const
    {
        return sequences_.lengths[sequence] * channels_ * sizeof(float);
    }
    void move(tlm::tlm_command command, std::uint64_t address, void *bytes, std::size_t length);
    std::uint32_t read(std::uint64_t reg);
    void write(std::uint64_t reg, std::uint32_t value);

    const ohm_loaded &sequences_;
    std::size_t at_once_, channels_ = 0, classes_ = 0;
    bool with_dma_, is_done_ = false;
    std::vector<std::int32_t> logits_;
    std::vector<Job> jobs_;
};

#endif
