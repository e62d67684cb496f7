import Loop
import Postgres
import Time
import Wire

/// What the messages of a person are signed with.
struct Signature: Sendable, Equatable {
  var name: String
  /// Nil for an account without one.
  var email: String?
}

/// Who the people are that write and read: chat's own copy of what the directory calls them.
///
/// A name is asked for when it was not in the last minute, many in one call. While the directory does not answer, the last
/// known name serves; only somebody never seen before has to wait for it to be back.
@LoopActor
final class People {
  typealias Directory = @LoopActor ([UserID]) async throws(Failure) -> [Auth.Profile]

  /// What messages of an account that is gone are signed with.
  static let deleted = Signature(name: "deleted", email: nil)

  private let store: ChatStore
  private let clock: WallClock
  private let directory: Directory
  private let report: @LoopActor (ChatEvent) -> Void
  private var cache = NameCache<UUIDValue, Signature>()
  private lazy var lookups = Batcher<UUIDValue, Signature?>(limit: Auth.FetchProfiles.most) { [unowned self] people in
    let found = try await find(Set(people))
    return people.map { found[$0] }
  }

  init(
    _ store: ChatStore,
    clock: WallClock,
    report: @escaping @LoopActor (ChatEvent) -> Void,
    directory: @escaping Directory
  ) {
    self.store = store
    self.clock = clock
    self.report = report
    self.directory = directory
  }

  /// The name of the one who calls; `unauthenticated` when the directory does not know them, `unavailable` when it cannot
  /// be asked and nobody knew them before.
  func signature(of person: UUIDValue) async throws(Failure) -> Signature {
    if let name = cache.current(person, at: clock.now()) { return name }
    let found: Signature?
    do { found = try await lookups.submit(person) } catch {
      guard let name = await lastNames(of: [person])[person] else { throw .unavailable }
      return name
    }
    guard let found else { throw Failure(.unauthenticated) }
    return found
  }

  /// A name for each of them, in any case.
  func signatures(of people: Set<UUIDValue>) async -> [UUIDValue: Signature] {
    let now = clock.now()
    var names: [UUIDValue: Signature] = [:]
    var unsure: [UUIDValue] = []
    for person in people {
      if let name = cache.current(person, at: now) {
        names[person] = name
      } else if person == ChatStore.nobody {
        names[person] = People.deleted
      } else {
        unsure.append(person)
      }
    }
    guard !unsure.isEmpty else { return names }
    names.merge(await ask(for: unsure)) { $1 }
    return names
  }

  private func ask(for people: [UUIDValue]) async -> [UUIDValue: Signature] {
    var names: [UUIDValue: Signature] = [:]
    var rest = people[...]
    while !rest.isEmpty {
      let part = rest.prefix(Auth.FetchProfiles.most)
      rest = rest.dropFirst(part.count)
      do throws(Failure) { names.merge(try await find(Set(part))) { $1 } } catch {
        names.merge(await lastNames(of: part + rest)) { $1 }
        break
      }
    }
    for person in people where names[person] == nil { names[person] = People.deleted }
    return names
  }

  /// Asks the directory, and remembers what it says. Who is not in the answer is not in the directory.
  private func find(_ people: Set<UUIDValue>) async throws(Failure) -> [UUIDValue: Signature] {
    let profiles: [Auth.Profile]
    do throws(Failure) { profiles = try await directory(people.map { UserID($0.description) }) } catch {
      report(.directoryAway(error.word))
      throw error
    }
    let now = clock.now()
    var found: [UUIDValue: Signature] = [:]
    var news: [(person: UUIDValue, name: Signature)] = []
    for profile in profiles {
      guard let person = UUIDValue(profile.id.text), found[person] == nil else { continue }
      let name = Signature(name: profile.name, email: profile.email)
      found[person] = name
      if cache.learn(person, name, at: now) { news.append((person, name)) }
    }
    // For the day the directory is away; the day the database is away has other troubles.
    try? await store.keepNames(news)
    return found
  }

  private func lastNames(of people: some Sequence<UUIDValue>) async -> [UUIDValue: Signature] {
    var names: [UUIDValue: Signature] = [:]
    var unknown: [UUIDValue] = []
    for person in people {
      if let name = cache.last(person) { names[person] = name } else { unknown.append(person) }
    }
    guard !unknown.isEmpty, let kept = try? await store.names(of: unknown) else { return names }
    for (person, name) in kept { names[person] = name }
    return names
  }
}
