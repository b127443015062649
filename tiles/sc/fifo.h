/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An intrusive first-in first-out queue: T has a member `T *next`, so that queueing allocates
 * nothing. An object is in at most one queue at a time. */
#ifndef OHM_TILES_SC_FIFO_H
#define OHM_TILES_SC_FIFO_H

namespace ohm
{

template <typename T> class Fifo
{
  public:
    bool empty() const { return head_ == nullptr; }
    T *front() const { return head_; }

    void push(T *item)
    {
        item->next = nullptr;
        if (tail_)
            tail_->next = item;
        else
            head_ = item;
        tail_ = item;
    }

    /* Inserts before the first item for which is_behind(item) is true, or at the end. */
    template <typename Predicate> void insert(T *item, Predicate is_behind)
    {
        T **at = &head_;
        while (*at && !is_behind(**at))
            at = &(*at)->next;
        item->next = *at;
        *at = item;
        if (!item->next) tail_ = item;
    }

    T *pop()
    {
        T *item = head_;
        head_ = item->next;
        if (!head_) tail_ = nullptr;
        return item;
    }

  private:
    T *head_ = nullptr, *tail_ = nullptr;
};

} // namespace ohm

#endif
