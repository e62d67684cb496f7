import Loop
import Outgoing

/// Lets requests to one server wait for their places, in the order they came. Time spent here is none of their deadlines'.
@LoopActor
final class PacedSender {
  private var pace: ConnectionPace
  private let send: Sending
  private var waiting: [Waiter] = []
  private var alarm: Timer?

  @LoopActor
  private final class Waiter {
    var continuation: CheckedContinuation<ConnectionPace.Lane?, Never>?
  }

  init(most: Int, send: @escaping Sending) {
    pace = ConnectionPace(most: most)
    self.send = send
  }

  /// As the client's `send`; a cancelled task waits no longer.
  func send(_ request: OutgoingRequest) async throws(OutgoingError) -> OutgoingResponse {
    guard let lane = await lane() else { throw .cancelled }
    do throws(OutgoingError) {
      let response = try await send(request)
      end(lane, response.staysOpen ? .stays : .closes)
      return response
    } catch {
      end(lane, .failed)
      throw error
    }
  }

  private func lane() async -> ConnectionPace.Lane? {
    if waiting.isEmpty, let lane = pace.begin() { return lane }
    let waiter = Waiter()
    waiting.append(waiter)
    if alarm == nil { listen() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { waiter.continuation = $0 }
    } onCancel: {
      onLoop { self.leave(waiter) }
    }
  }

  private func leave(_ waiter: Waiter) {
    guard let place = waiting.firstIndex(where: { $0 === waiter }) else { return }
    waiting.remove(at: place)
    waiter.continuation?.resume(returning: nil)
  }

  private func end(_ lane: ConnectionPace.Lane, _ end: ConnectionPace.End) {
    pace.end(lane, end)
    if !waiting.isEmpty { admit() }
  }

  private func admit() {
    var admitted = 0
    while admitted < waiting.count, let lane = pace.begin() {
      waiting[admitted].continuation?.resume(returning: lane)
      admitted += 1
    }
    waiting.removeFirst(admitted)
    listen()
  }

  /// While somebody waits, silence is noticed.
  private func listen() {
    guard !waiting.isEmpty else {
      pace.rest()
      alarm?.cancel()
      return alarm = nil
    }
    let alarm =
      alarm
      ?? Timer { [unowned self] in
        pace.keptSilent()
        admit()
      }
    self.alarm = alarm
    alarm.arm(after: ConnectionPace.silence)
  }
}
