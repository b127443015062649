/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform between host, chip and memory: a bus that decodes addresses, and a memory. Both keep
 * the base protocol of TLM-2.0 and are as small as that allows. */
#ifndef BUS_H
#define BUS_H

#include <cstdint>
#include <systemc>
#include <tlm>
#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <vector>

/* Any number of initiators; every target is mapped before the simulation starts, in the order in
 * which they are bound. A target sees addresses that begin at 0. */
class Bus : public sc_core::sc_module
{
  public:
    tlm_utils::multi_passthrough_target_socket<Bus> initiators;
    tlm_utils::multi_passthrough_initiator_socket<Bus> targets;

    explicit Bus(sc_core::sc_module_name name, sc_core::sc_time latency);

    /* The next target to be bound answers to [first, first + size). */
    void map(std::uint64_t first, std::uint64_t size) { ranges_.push_back({first, size}); }

  private:
    struct Range {
        std::uint64_t first, size;
    };

    int decode(std::uint64_t address) const;
    void transport(int from, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    unsigned debug(int from, tlm::tlm_generic_payload &payload);
    bool direct(int from, tlm::tlm_generic_payload &payload, tlm::tlm_dmi &dmi);
    void invalidate(int from, sc_dt::uint64 first, sc_dt::uint64 last);

    sc_core::sc_time latency_;
    std::vector<Range> ranges_;
};

class Memory : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<Memory> socket;

    Memory(sc_core::sc_module_name name, std::size_t size, sc_core::sc_time per_word);

  private:
    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    unsigned debug(tlm::tlm_generic_payload &payload);
    bool direct(tlm::tlm_generic_payload &payload, tlm::tlm_dmi &dmi);

    std::vector<unsigned char> bytes_;
    sc_core::sc_time per_word_;
};

#endif
