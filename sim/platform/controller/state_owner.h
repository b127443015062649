/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_STATE_OWNER_H
#define OHM_SIM_PLATFORM_CONTROLLER_STATE_OWNER_H

#include "tiles/sc/state_visitor.h"

namespace ohm
{

/* A part of the controller whose state is captured and fast-forwarded (state_visitor.h). */
class StateOwner
{
  public:
    virtual void visit_state(StateVisitor &v) = 0;

  protected:
    ~StateOwner() = default;
};

} // namespace ohm

#endif
