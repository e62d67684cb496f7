import Loop

/// The tasks that live as long as the daemon.
@LoopActor
final class Workers {
  private var tasks: [Task<Void, Never>] = []
  private var stopping = false
  private let events: EventSink<DaemonEvent>

  init(events: @escaping EventSink<DaemonEvent>) { self.events = events }

  func add(_ name: StaticString, _ body: @escaping @LoopActor () async throws -> Void) {
    let task = onLoop { [self] in
      do {
        try await body()
        ended(name, nil)
      } catch {
        ended(name, String(describing: error))
      }
    }
    tasks.append(task)
  }

  private func ended(_ name: StaticString, _ reason: String?) {
    if !stopping { events(.workerEnded(name, reason: reason)) }
  }

  /// Cancels all and returns when the last has ended.
  func stop() async {
    stopping = true
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    tasks = []
  }
}
