import Testing
import Wire

@testable import GatewayCore

@Suite struct EventAudienceTests {
  private final class Socket {}
  private let ann = UserID("ann")
  private let bob = UserID("bob")
  private let dinner = CalendarEventID("dinner")
  private let film = CalendarEventID("film")

  @Test func `who is listed for an event hears it, on every socket, until the last is gone`() {
    var audience = EventAudience<Socket>()
    let (first, second, third) = (Socket(), Socket(), Socket())
    let news = [audience.add(first, of: ann), audience.add(second, of: ann), audience.add(third, of: bob)]
    #expect(news == [true, false, true])
    audience.beginList(ann)
    audience.endList(ann, [dinner])
    #expect(audience.holders(of: dinner).count == 2 && audience.holders(of: film).isEmpty)
    audience.remove(first, of: ann)
    #expect(audience.holders(of: dinner).first === second)
    audience.remove(second, of: ann)
    #expect(audience.holders(of: dinner).isEmpty && audience.users == [bob])
  }

  @Test func `changes count more than a list that was asked for before them`() {
    var audience = EventAudience<Socket>()
    let socket = Socket()
    _ = audience.add(socket, of: ann)
    audience.beginList(ann)
    let entered = audience.enter(film, ann)
    audience.leave(dinner, ann)
    audience.endList(ann, [dinner])
    #expect(entered)
    #expect(audience.holders(of: dinner).isEmpty && audience.holders(of: film).count == 1)
    // A later list stands by itself.
    audience.beginList(ann)
    audience.endList(ann, [dinner])
    #expect(audience.holders(of: dinner).count == 1 && audience.holders(of: film).isEmpty)
  }

  @Test func `who comes to hear an event here moves once, and so does who hears it no more`() {
    var audience = EventAudience<Socket>()
    let (first, second) = (Socket(), Socket())
    _ = audience.add(first, of: ann)
    _ = audience.add(second, of: ann)
    audience.beginList(ann)
    audience.endList(ann, [dinner])
    _ = audience.enter(dinner, ann)
    #expect(audience.takeMoves() == [.init(event: dinner, user: ann, isIn: true)])
    audience.leave(film, ann)
    audience.remove(first, of: ann)
    #expect(audience.takeMoves().isEmpty)
    audience.remove(second, of: ann)
    #expect(audience.takeMoves() == [.init(event: dinner, user: ann, isIn: false)])
  }

  @Test func `entering is news once, and to the connected only`() {
    var audience = EventAudience<Socket>()
    let socket = Socket()
    _ = audience.add(socket, of: ann)
    let told = [audience.enter(film, ann), audience.enter(film, ann), audience.enter(film, bob)]
    #expect(told == [true, false, false])
    audience.leave(film, ann)
    #expect(audience.holders(of: film).isEmpty)
  }
}
