/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fast-forwarding over what repeats itself. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_FAST_FORWARD_IF_H
#define OHM_SIM_PLATFORM_CONTROLLER_FAST_FORWARD_IF_H

#include "sim/platform/host_port.h"

namespace ohm
{

/* The controller, as a fast-forward sees it. */
class FastForwardClient
{
  public:
    /* No sequence is leaving the chip, and nothing has failed. */
    virtual bool can_fast_forward() const = 0;

    /* The token enters and leaves the chip within the periods that are skipped. */
    virtual void token_skipped(const Token &token) = 0;

  protected:
    ~FastForwardClient() = default;
};

class FastForwardIF
{
  public:
    virtual ~FastForwardIF() = default;

    /* A run of so many sequences begins. */
    virtual void begin_run(std::size_t sequences) = 0;

    /* A token enters; may fast-forward at the end of the present instant. */
    virtual void token_entered(const Token &token, Ticks at) = 0;

    /* From here on the chip behaves differently: earlier states do not recur. */
    virtual void discard() = 0;
};

} // namespace ohm

#endif
