import Bus
import Kit
import Loop
import Postgres
import Settings
import Testing
import Time
import Wire

@testable import AuthCore

@Suite(.needsPostgres)
@LoopActor
struct AuthServiceTests {
  @Test func `the end of a session reaches the other copies of auth`() async throws {
    try await AuthBench.with { bench in
      let (heard, tell) = AsyncStream.makeStream(of: Auth.SessionsEnded.self)
      let copy = AuthHandler(
        store: bench.store,
        configuration: AuthConfiguration(),
        google: nil,
        clock: bench.clock.wall,
        publish: { tell.yield($0) },
        events: { _ in }
      )
      bench.database.listen(to: SessionNotice.channel) { copy.hear($0) }
      var events = heard.makeAsyncIterator()
      #expect(await events.next() == Auth.SessionsEnded(sessions: [], hashes: [], unknown: true))
      try await bench.register("ann")
      let session = try await bench.logIn("ann")
      _ = try await bench.handler.logout(session.context)
      #expect(await events.next() == Auth.SessionsEnded(sessions: [session.session], hashes: [session.hash]))
    }
  }

  @Test func `sign-ups without a phone number are reminded of it once`() async throws {
    try await AuthBench.with { bench in
      let upkeep = Upkeep(bench.store, clock: bench.clock.wall) { _ in }
      try await bench.signUp("too-old@x.org")
      bench.clock.advance(by: .seconds(64 * 3600))
      try await bench.signUp("ann@x.org", country: "be")
      try await bench.signUp("has-phone@x.org")
      try await bench.setPhone("0033199001201", of: try await bench.signIn("has-phone@x.org"))
      _ = try await bench.enter(.jwt(bench.google.token("planner@x.org", at: bench.clock.now)))
      await upkeep.work()
      #expect(try await reminded(bench).isEmpty)
      bench.clock.advance(by: .seconds(24 * 3600))
      try await bench.signUp("too-young@x.org")
      await upkeep.work()
      await upkeep.work()
      #expect(try await reminded(bench) == ["ann@x.org"])
    }
  }

  @Test func `what has expired goes`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann")
      _ = try await bench.logIn("ann")
      bench.clock.advance(by: .seconds(30 * 86_400))
      await Upkeep(bench.store, clock: bench.clock.wall) { _ in }.work()
      #expect(try await bench.count("session") == 0)
    }
  }

  @Test(.needsNATS, arguments: Transport.allCases)
  func `over the bus a refusal keeps its word, field and reason`(transport: Transport) async throws {
    try await AuthBench.with { bench in
      try await MeetingPlace.with(transport) { place in try await refuse(bench, place) }
    }
  }

  private func refuse(_ bench: AuthBench, _ place: MeetingPlace) async throws {
    let server = BusServer(service: "auth", key: nil)
    bench.handler.register(on: server)
    try place.open(server, as: .auth)
    let client = await place.client(of: .auth)
    let form = try bench.submission(#"{"login":"ann","password":"correct horse","username":"Ann"}"#)
    _ = try await client.call(Auth.Register(form), CallContext())
    let again = await bench.failure { try await client.call(Auth.Register(form), CallContext()) }
    #expect(again == Failure(.conflict, .loginTaken))
    let missing = try bench.submission(#"{"login":"x"}"#)
    let incomplete = await bench.failure { try await client.call(Auth.Register(missing), CallContext()) }
    #expect(incomplete == .missing("password"))
    let opened = try await client.call(Auth.Login(form), CallContext())
    let identity = try await client.call(Auth.Verify(opened.credential), CallContext())
    #expect(identity.user == opened.user)
  }

  private func reminded(_ bench: AuthBench) async throws -> [String] {
    try await bench.posted(Delivery.Notify.self).filter { $0.title != "Welcome" && $0.title != "Bienvenue" }
      .compactMap(\.mail)
  }
}
