import Loop
import Postgres
import Wire

/// Who calls and who is called, from what auth has told so far.
@LoopActor
final class People {
  /// How long somebody not known yet is waited for: auth tells of a new account a moment after it was made.
  private static let patience = Duration.seconds(1)
  private static let interval = Duration.milliseconds(50)

  private let store: DeliveryStore
  private let asking: AskingDatabase
  private let lookups: Batcher<UUIDValue, Person?>

  init(_ store: DeliveryStore, asking: AskingDatabase) {
    self.store = store
    self.asking = asking
    lookups = Batcher(limit: 128) { ids in
      let found = try await store.people(ids)
      return ids.map { found[$0] }
    }
  }

  nonisolated static func id(_ context: CallContext) throws(Failure) -> UUIDValue {
    guard let id = context.user.flatMap({ UUIDValue($0.text) }) else { throw Failure(.unauthenticated) }
    return id
  }

  /// The one who calls; for somebody auth has not told of, one with the defaults of a new account.
  func caller(_ context: CallContext) async throws(Failure) -> Person {
    let id = try People.id(context)
    let found = try await wait { () throws(Failure) in
      do { return try await self.lookups.submit(id) } catch { throw self.asking.failure(error) }
    }
    return found ?? Person(id: id, country: "us", phone: nil)
  }

  /// The members among the targets. A user who is none after all is simply not among them.
  func receivers(_ targets: [SendForm.Target], for sender: UUIDValue) async throws(Failure) -> [Receiver] {
    var users: [UUIDValue] = []
    var phones: [String] = []
    for target in targets {
      switch target {
      case .user(let id): users.append(id)
      case .number(let number): phones.append(number)
      }
    }
    var found: [Receiver] = []
    _ = try await wait { () throws(Failure) in
      found = try await self.asking { () throws(PostgresError) in
        try await self.store.receivers(users, phones, for: sender)
      }
      return users.allSatisfy { user in found.contains { $0.id == user } } ? true : nil
    }
    return found
  }

  /// Looks until there is something or patience ends. Polled, since another copy may be the one that hears of it.
  private func wait<T>(
    _ look: @LoopActor () async throws(Failure) -> T?
  ) async throws(Failure) -> T? {
    let limit = ContinuousClock.now + People.patience
    while true {
      if let found = try await look() { return found }
      guard ContinuousClock.now < limit, (try? await pause(for: People.interval)) != nil else { return nil }
    }
  }
}

extension Failure {
  /// Why delivery refused, where the failure's word does not say enough.
  enum DeliveryReason: String {
    /// `conflict`: a message that has not come yet, or is none of those that came.
    case notReceived = "not_received"
  }

  init(_ word: Word, _ reason: DeliveryReason) { self.init(word, reason: reason.rawValue) }
}
