/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A shared bus: one message at a time, in the order in which they are announced. */
#ifndef OHM_TILES_SC_BUS_H
#define OHM_TILES_SC_BUS_H

#include "tiles/sc/network.h"

namespace ohm
{

class Bus : public Network
{
  public:
    OHM_HAS_PROCESS(Bus);
    Bus(sc_core::sc_module_name name, const ohm_interconnect_config &config, Tracer *tracer,
        EventQueue *event_queue = nullptr);

    void send(Message &message, Ticks at) override;
    void restart(Ticks at) override;
    void report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end) override;
    std::uint64_t flit_steps() const override { return flits_; }
    void visit_state(StateVisitor &v) override;

  private:
    void deliver();

    Fifo<Message> in_flight_; /* in the order of arrival */
    Ticks free_at_ = 0;
    std::uint64_t flits_ = 0;
    Timer delivered_;
    UtilisationMeter meter_;
    Track track_;
};

} // namespace ohm

#endif
