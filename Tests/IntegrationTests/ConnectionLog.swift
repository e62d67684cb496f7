import Loop
import Postgres

/// Events of a database, awaited instead of sleeping.
@LoopActor
final class ConnectionLog {
  private(set) var connected = 0
  private(set) var lost = 0
  private var waiter: (wanted: (ConnectionLog) -> Bool, continuation: CheckedContinuation<Void, Never>)?

  func note(_ event: DatabaseEvent) {
    switch event {
    case .connected(.shared): connected += 1
    case .lost(.shared, _): lost += 1
    default: break
    }
    if let waiter, waiter.wanted(self) {
      self.waiter = nil
      waiter.continuation.resume()
    }
  }

  func until(_ wanted: @escaping (ConnectionLog) -> Bool) async {
    if !wanted(self) { await withCheckedContinuation { waiter = (wanted, $0) } }
  }
}
