import Loop
import Settings
import Testing
import Wire

@testable import GatewayCore

@Suite @LoopActor struct SuiteHealthTests {
  /// What daemons would say, and how often they were asked.
  @LoopActor
  private final class Daemons {
    var away: Set<ServiceName> = []
    var asked: [ServiceName: Int] = [:]
    var now = ContinuousClock.now

    func health() -> SuiteHealth {
      SuiteHealth(now: { self.now }) { service in
        self.asked[service, default: 0] += 1
        return !self.away.contains(service)
      }
    }
  }

  @Test func `those that are away are named in their order`() async {
    let daemons = Daemons()
    daemons.away = [.stats, .chat, .live]
    #expect(await daemons.health().away(among: [.auth, .chat, .stats]) == [.chat, .stats])
    #expect(daemons.asked == [.auth: 1, .chat: 1, .stats: 1])
  }

  @Test func `a daemon is asked once a second, however many want to know`() async {
    let daemons = Daemons()
    let health = daemons.health()
    let crowd = (0..<50).map { _ in onLoop { await health.away(among: [.stats]) } }
    for asker in crowd { #expect(await asker.value == []) }
    daemons.away = [.stats]
    daemons.now += .milliseconds(999)
    #expect(await health.away(among: [.stats]) == [])
    #expect(daemons.asked == [.stats: 1])
    daemons.now += .milliseconds(1)
    #expect(await health.away(among: [.stats]) == [.stats])
    #expect(daemons.asked == [.stats: 2])
  }

  @Test func `a monitor names whom it means, or means all`() throws {
    #expect(try SuiteSurface.services(nil) == [.auth, .calendar, .chat, .delivery, .stats, .live])
    #expect(try SuiteSurface.services("") == SuiteSurface.services(nil))
    #expect(try SuiteSurface.services("stats,auth") == [.auth, .stats])
    #expect(try SuiteSurface.services("gateway") == [])
    for text in ["x", "stats,", "Stats", ","] {
      #expect(throws: Failure.invalid("service")) { try SuiteSurface.services(text) }
    }
  }
}
