public import Loop

/// Carries out many small requests in few statements, without making anybody wait for company.
///
/// An item that finds nothing under way goes at the end of the turn. Items that arrive meanwhile gather, and go together as
/// soon as the batch before them is back. When the server refuses a batch for a value in it, its items are run one by one,
/// so that a bad one fails alone; any other error is everybody's.
@LoopActor
public final class Batcher<Item: Sendable, Outcome: Sendable> {
  private typealias Waiter = UnsafeContinuation<Result<Outcome, any Error>, Never>
  private typealias Line = BatchLine<(item: Item, waiter: Waiter)>

  private let queueLimit: Int
  private let key: (Item) -> Int?
  private let failed: @LoopActor (PostgresError, Int) -> Void
  private let run: @LoopActor ([Item]) async throws -> [Outcome]
  private var line: Line
  private var startPlanned = false

  /// - Parameters:
  ///   - limit: the most items of one batch.
  ///   - concurrency: batches under way at once.
  ///   - queueLimit: items that may wait; a further one fails with `.unavailable`.
  ///   - key: items of the same key (a hash will do) are never in two batches at once and keep their order; nil is nobody's
  ///     key.
  ///   - together: whether items of the same key may share a batch.
  ///   - failed: told of each run that the database failed, with the number of its items.
  ///   - run: returns the outcomes in the items' order, as many as there are items.
  public init(
    limit: Int,
    concurrency: Int = 1,
    queueLimit: Int = 10_000,
    key: @escaping (Item) -> Int? = { _ in nil },
    together: Bool = false,
    failed: @escaping @LoopActor (PostgresError, _ items: Int) -> Void = { _, _ in },
    run: @escaping @LoopActor ([Item]) async throws -> [Outcome]
  ) {
    self.queueLimit = queueLimit
    self.key = key
    self.failed = failed
    self.run = run
    line = Line(limit: limit, concurrency: concurrency, together: together)
  }

  /// Waits for the batch that takes the item in.
  public func submit(_ item: Item) async throws -> Outcome {
    guard line.count < queueLimit else { throw PostgresError.unavailable("too many items wait") }
    let result: Result<Outcome, any Error> = await withUnsafeContinuation { waiter in
      line.join((item, waiter), key: key(item))
      planStart()
    }
    return try result.get()
  }

  private func planStart() {
    guard !startPlanned else { return }
    startPlanned = true
    EventLoop.shared.atTurnEnd {
      LoopActor.assumeIsolated {
        self.startPlanned = false
        self.start()
      }
    }
  }

  private func start() {
    while let batch = line.next() {
      onLoop { await self.carryOut(batch) }
    }
  }

  private func carryOut(_ batch: Line.Batch) async {
    let outcomes = await results(of: batch.tickets.map(\.item))
    // The next batch leaves before these are told, so that the server works while their answers are written.
    line.finished(batch)
    start()
    for (ticket, outcome) in zip(batch.tickets, outcomes) { ticket.waiter.resume(returning: outcome) }
  }

  private func results(of items: [Item]) async -> [Result<Outcome, any Error>] {
    do {
      let outcomes = try await run(items)
      guard outcomes.count == items.count else {
        throw PostgresError.decoding("\(outcomes.count) outcomes for \(items.count) items")
      }
      return outcomes.map { .success($0) }
    } catch let error as PostgresError {
      failed(error, items.count)
      let isOfOne = error.isRefusal || error.isSerializationFailure
      return items.count > 1 && isOfOne ? await oneByOne(items) : items.map { _ in .failure(error) }
    } catch {
      return items.map { _ in .failure(error) }
    }
  }

  /// All at once, each as a batch of its own: they are pipelined, so this takes about two round trips.
  private func oneByOne(_ items: [Item]) async -> [Result<Outcome, any Error>] {
    let runs = items.map { item in onLoop { await self.results(of: [item])[0] } }
    var outcomes: [Result<Outcome, any Error>] = []
    for run in runs { outcomes.append(await run.value) }
    return outcomes
  }
}
