import Bus
import JSON
import Loop
import Postgres
import Time
import Wire

/// Answers the calls of pictever.md 2.5: who of a phone book is a member.
@LoopActor
final class ContactHandler {
  private let store: DeliveryStore
  private let people: People
  private let clock: WallClock
  private let asking: AskingDatabase
  private let newcomers: Newcomers
  private let wake: @LoopActor () -> Void

  init(
    _ store: DeliveryStore,
    _ people: People,
    clock: WallClock,
    asking: AskingDatabase,
    wake: @escaping @LoopActor () -> Void
  ) {
    newcomers = Newcomers(store, clock: clock)
    self.wake = wake
    self.store = store
    self.people = people
    self.clock = clock
    self.asking = asking
  }

  func register(on bus: BusServer) {
    bus.on(Delivery.MatchContacts.self) { try await self.match($0, $1) }
    bus.on(Delivery.UploadBook.self) { try await self.upload($0, $1) }
    bus.on(Delivery.ReadBook.self) { try await self.book($1) }
  }

  func match(_ call: Delivery.MatchContacts, _ context: CallContext) async throws(Failure) -> RawJSON {
    let caller = try await people.caller(context)
    let contacts = try ContactForm.numbers(call.submission, country: caller.country)
    let members = try await asking { () throws(PostgresError) in
      try await self.store.members(Array(Set(contacts.compactMap(\.phone))))
    }
    let matched = contacts.compactMap { contact -> MatchedContact? in
      guard let member = contact.phone.flatMap({ members[$0] }) else { return nil }
      let status = SenderStatus(rawValue: member.rank) ?? .newbie
      return MatchedContact(contact: contact, person: member.id, status: status)
    }
    return ContactList.json(matched, withNames: false)
  }

  func upload(_ call: Delivery.UploadBook, _ context: CallContext) async throws(Failure) -> Empty {
    let caller = try await people.caller(context)
    let book = try ContactForm.book(call.submission, country: caller.country)
    let now = clock.now()
    try await asking { () throws(PostgresError) in
      guard try await self.store.keep(book, of: caller.id, at: now) else { return }
      try await self.store.add([JobDraft(kind: .book, priority: .bulk, person: caller.id, due: now)], at: now)
      try await self.newcomers.greet(caller.id)
    }
    wake()
    return Empty()
  }

  func book(_ context: CallContext) async throws(Failure) -> RawJSON {
    let person = try People.id(context)
    let book = try await asking { () throws(PostgresError) in try await self.store.book(of: person) }
    return book.map { ContactList.json($0, withNames: true) } ?? .null
  }
}

/// Contacts as the apps read them: every value a text, what the apps must not learn an empty one.
enum ContactList {
  /// An answer must fit into one line of the bus; the rest of a longer list is cut off.
  private static let mostBytes = 900_000

  static func json(_ contacts: [MatchedContact], withNames: Bool) -> RawJSON {
    var writer = JSONWriter()
    writer.beginArray()
    for contact in contacts {
      // The two texts of the client's own, which escaping can make six times as long.
      let room = 6 * (contact.contact.written.utf8.count + contact.contact.name.utf8.count) + 300
      guard writer.bytes.count + room < mostBytes else { break }
      write(contact, withName: withNames, into: &writer)
    }
    writer.endArray()
    return writer.raw
  }

  private static func write(_ matched: MatchedContact, withName: Bool, into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("phoneNumber1", matched.contact.written)
    writer.member("user_id", matched.person.description)
    writer.member("email", "")
    writer.member("status", matched.status.label)
    writer.member("facebook_id", "")
    writer.member("facebook_name", "")
    if withName { writer.member("name", matched.contact.name) }
    writer.endObject()
  }
}
