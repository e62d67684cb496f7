/// Lets a few callers in at once and a bounded number wait, first come first served; the rest are turned away at once.
@LoopActor
public final class Turnstile {
  public enum Refusal: Error, Sendable { case full, cancelled }

  private struct Waiter {
    let number: Int
    let admitted: CheckedContinuation<Bool, Never>
  }

  private let places: Int
  private let waitingPlaces: Int
  private var inside = 0
  private var waiting: [Waiter] = []
  private var lastNumber = 0

  public nonisolated init(places: Int, waiting: Int) {
    self.places = places
    waitingPlaces = waiting
  }

  /// Runs the work when a place is free. A caller cancelled while it waits leaves the line; once inside, the work decides.
  public func pass<T>(_ work: @LoopActor () async -> T) async throws(Refusal) -> T {
    try await enter()
    defer { leave() }
    return await work()
  }

  private func enter() async throws(Refusal) {
    guard !Task.isCancelled else { throw .cancelled }
    guard inside >= places else { return inside += 1 }
    guard waiting.count < waitingPlaces else { throw .full }
    lastNumber += 1
    let number = lastNumber
    let admitted = await withTaskCancellationHandler {
      await withCheckedContinuation { waiting.append(Waiter(number: number, admitted: $0)) }
    } onCancel: {
      onLoop { self.giveUp(number) }
    }
    guard admitted else { throw .cancelled }
  }

  private func giveUp(_ number: Int) {
    guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
    waiting.remove(at: index).admitted.resume(returning: false)
  }

  /// Hands the place to the first in line, so that nobody slips in between.
  private func leave() {
    guard !waiting.isEmpty else { return inside -= 1 }
    waiting.removeFirst().admitted.resume(returning: true)
  }
}
