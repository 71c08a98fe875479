// Hands the newest value of something from one thread to another, and neither ever waits: no lock, and the taker neither
// allocates nor frees. What the giver replaces before it was taken it destroys itself; what the taker is done with comes back
// to the giver, who destroys it.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace agilevpn::dataplane {

template <class T>
class Handover {
 public:
  explicit Handover(T first) : current_(new Item{std::move(first), nullptr}) {}
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;
  ~Handover() {  // When both threads are done with it.
    collect();
    delete offered_.load();
    delete current_;
  }

  // ---- The giver's thread.
  void give(T value) {
    collect();
    delete offered_.exchange(new Item{std::move(value), nullptr}, std::memory_order_acq_rel);
  }
  // Destroys what came back. give() does it too.
  void collect() {
    Item* item = returned_.exchange(nullptr, std::memory_order_acquire);
    while (item != nullptr) delete std::exchange(item, item->next);
  }

  // ---- The taker's thread. The reference holds until the next call.
  const T& latest() {
    if (offered_.load(std::memory_order_relaxed) == nullptr) return current_->value;
    give_back(std::exchange(current_, offered_.exchange(nullptr, std::memory_order_acq_rel)));
    return current_->value;
  }

 private:
  struct Item {
    T value;
    Item* next;  // Of those that came back.
  };

  // The giver takes all of them at once, so that none it looks at can have come back twice.
  void give_back(Item* item) {
    item->next = returned_.load(std::memory_order_relaxed);
    while (!returned_.compare_exchange_weak(item->next, item, std::memory_order_release, std::memory_order_relaxed)) {
    }
  }

  Item* current_;  // The taker's.
  std::atomic<Item*> offered_ = nullptr;
  std::atomic<Item*> returned_ = nullptr;
};

}  // namespace agilevpn::dataplane
