import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

/// Notices to people with several devices.
@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct NoticeDeviceTests {
  private let planner = [Delivery.Device(app: .jarvis, os: .android, token: "t")]

  @Test func `of several devices only those are tried again that were not reached`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider { target, count in
        count < 2 && target.address == "t2" ? .retry(reason: "status 503", after: nil) : .sent
      }
      bench.bench.work([.fcm: provider])
      let devices = ["t1", "t2"].map { Delivery.Device(app: .jarvis, os: .android, token: $0) }
      let bob = try await bench.person(devices: devices)
      try await bench.notify(bob, key: "a") { $0.channels = [.push, .mail] }
      try await bench.bench.settled(1)
      #expect(Set(provider.addresses) == ["t1", "t2"] && bench.bench.settled[0].isComingAgain)
      bench.clock.advance(by: .seconds(2))
      try await bench.bench.settled(2)
      #expect(provider.addresses.count == 3 && provider.addresses.last == "t2")
      #expect(Set(provider.ids).count == 1)
      #expect(bench.bench.settled[1].verdict == .done(.sent))
    }
  }

  @Test func `a device belongs to who added it last, and to at most twenty of a person`() async throws {
    try await MessageBench.with { bench in
      let devices = DeviceHandler(bench.bench.store, clock: bench.clock.wall, asking: AskingDatabase { _ in })
      @LoopActor func add(_ token: String, by person: MessageBench.Person) async throws(Failure) -> String {
        var call = Delivery.AddDevice(kind: "android")
        call.token = token
        bench.clock.advance(by: .milliseconds(1))
        return try await devices.add(call, person.context).id
      }
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      let (ann, bob) = (try await bench.person(devices: planner), try await bench.person())
      let id = try await add("t", by: bob)
      try await bench.notify(ann, key: "ann")
      try await bench.bench.settled(1)
      #expect(bench.bench.settled[0].verdict == .done(.unreachable))
      try await bench.notify(bob, key: "bob")
      try await provider.received(1)
      #expect(try await add("t", by: ann) == id)
      try await bench.notify(bob, key: "bob again")
      try await bench.bench.settled(3)
      #expect(bench.bench.settled[2].verdict == .done(.unreachable))
      for number in 1...DeviceHandler.most { _ = try await add("\(number)", by: ann) }
      let left = try await devices.list(ann.context).devices
      #expect(left.count == DeviceHandler.most && !left.contains { $0.id == id })
      // Taken from nobody: what auth told of it counts again.
      try await bench.notify(ann, key: "ann again")
      try await provider.received(2 + DeviceHandler.most)
      _ = try await devices.end(Delivery.EndDevices(UserID("\(ann.id)"), sessions: []))
      #expect(try await devices.list(ann.context).devices.count == DeviceHandler.most)
      _ = try await devices.end(Delivery.EndDevices(UserID("\(ann.id)"), sessions: nil))
      #expect(try await devices.list(ann.context).devices.isEmpty)
    }
  }
}
