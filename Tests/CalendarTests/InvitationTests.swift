import Almanac
import ICalendar
import Postgres
import Testing
import Time
import Wire

@testable import CalendarCore

@Suite struct InvitationTests {
  private let invitations = Invitations(
    address: "https://meet.example/",
    key: Array("a key of a good many bytes, for tests".utf8)
  )
  private let now = 1_898_874_000

  private func event(_ id: UInt64 = 7, starts: Int? = 1_898_964_000, guests: [GuestRecord]? = nil) throws -> EventRecord
  {
    EventRecord(
      id: UUIDValue(high: id, low: 1),
      state: starts == nil ? .pending : .confirmed,
      creator: UUIDValue(high: 9, low: 9),
      creatorEmail: "ann@x.org",
      name: "Lunch",
      description: "",
      location: "Pier 9",
      zoneName: "America/Los_Angeles",
      minutes: 60,
      deadline: try #require(CivilDate(year: 2030, month: 3, day: 8)),
      closes: now + 4 * 86_400,
      quorum: 0,
      notice: 0,
      starts: starts,
      ends: starts.map { $0 + 3600 },
      revision: 5,
      created: Timestamp(unix: now),
      updated: Timestamp(unix: now),
      guests: guests ?? ["ann@x.org", "bob@x.org", "dan@y.org"].map { guest($0) }
    )
  }

  private func guest(_ email: String, answered: Bool = false, attends: Bool = false) -> GuestRecord {
    let answer = answered ? Timestamp(unix: now) : nil
    return GuestRecord(email: email, part: .counted, answered: answer, vote: Vote(), attends: attends)
  }

  @Test func `a code is of one guest, one event and one key`() throws {
    let (lunch, dinner) = (try event(), try event(8))
    let code = invitations.code("dan@y.org", of: lunch)
    #expect(code.utf8.count == 22)
    #expect(invitations.guest(code, of: lunch)?.email == "dan@y.org")
    #expect(invitations.guest(code, of: dinner) == nil)
    #expect(Invitations(address: "", key: Array("another".utf8)).guest(code, of: lunch) == nil)
    for wrong in ["", "x", String(code.dropLast()), code + "A", invitations.code("eve@y.org", of: lunch)] {
      #expect(invitations.guest(wrong, of: lunch) == nil)
    }
    // The creator has the whole event to change, and no link.
    #expect(invitations.guest(invitations.code("ann@x.org", of: lunch), of: lunch) == nil)
  }

  @Test func `a poll is asked about in words, an event comes as one`() throws {
    let asked = invitations.mail(.asked, try event(starts: nil), to: "dan@y.org")
    #expect(asked.calendar == nil)
    #expect(asked.body.contains("until 2030-03-08"))
    let told = invitations.mail(.scheduled, try event(), to: "dan@y.org")
    #expect(told.title == "Invitation: Lunch, 2030-03-05 10:00 to 11:00 (America/Los_Angeles)")
    #expect(told.body.contains("\n  https://meet.example/rsvp/\(try event().id.hex)/"))
    #expect(told.expires == Double(1_898_964_000 + 3600))
    let calendar = try #require(told.calendar)
    #expect(calendar.method == .request)
    for line in [
      "METHOD:REQUEST", "UID:\(try event().id.hex)@carillon", "SEQUENCE:5", "DTSTART:20300305T180000Z",
      "ORGANIZER:mailto:ann@x.org", "STATUS:CONFIRMED",
    ] {
      #expect(calendar.text.contains("\(line)\r\n"), "\(line) in \(calendar.text)")
    }
    let plain = calendar.text.replacing("\r\n ", with: "")
    #expect(plain.contains("ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:dan@y.org\r\n"))
  }

  @Test func `a cancellation takes the event out and has no link`() throws {
    let told = invitations.mail(.cancelled, try event(), to: "dan@y.org")
    #expect(told.calendar?.method == .cancel)
    #expect(told.calendar?.text.contains("METHOD:CANCEL\r\n") == true)
    #expect(told.calendar?.text.contains("STATUS:CANCELLED\r\n") == true)
    #expect(!told.body.contains("https://"))
  }

  @Test func `who has said yes is not asked again`() throws {
    let guests = [guest("ann@x.org"), guest("dan@y.org", answered: true, attends: true)]
    let told = invitations.mail(.changed, try event(guests: guests), to: "dan@y.org")
    let plain = try #require(told.calendar?.text).replacing("\r\n ", with: "")
    #expect(plain.contains("ATTENDEE;PARTSTAT=ACCEPTED:mailto:dan@y.org\r\n"))
    #expect(plain.matches(of: /dan@y\.org/).count == 1)
  }
}
