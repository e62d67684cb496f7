import JSON
import Testing

@testable import SocketIO

private func text(_ text: String) -> EngineData { .text(Array(text.utf8)) }
private func raw(_ text: String) -> RawJSON { RawJSON(trusted: Array(text.utf8)) }

struct SocketPacketTests {
  @Test(arguments: [
    ("0", SocketPacket(kind: .connect)),
    ("0/admin,", SocketPacket(kind: .connect, namespace: "/admin")),
    ("0/admin", SocketPacket(kind: .connect, namespace: "/admin")),
    ("0/admin?token=1,", SocketPacket(kind: .connect, namespace: "/admin", query: "token=1")),
    ("1/admin,", SocketPacket(kind: .disconnect, namespace: "/admin")),
    (#"2["a",1]"#, SocketPacket(kind: .event, payload: Array(#"["a",1]"#.utf8)[...])),
    (#"2/n,17["a"]"#, SocketPacket(kind: .event, namespace: "/n", id: 17, payload: Array(#"["a"]"#.utf8)[...])),
    ("39007199254740992[]", SocketPacket(kind: .acknowledgement, id: 1 << 53, payload: Array("[]".utf8)[...])),
    (
      #"52-/n,3["a"]"#,
      SocketPacket(kind: .binaryEvent, attachments: 2, namespace: "/n", id: 3, payload: Array(#"["a"]"#.utf8)[...])
    ),
    (#"50-["a"]"#, SocketPacket(kind: .binaryEvent, payload: Array(#"["a"]"#.utf8)[...])),
  ])
  func `a head is taken apart`(text: String, packet: SocketPacket) throws {
    #expect(try SocketPacket(Array(text.utf8), maximumAttachments: 10) == packet)
  }

  @Test(arguments: ["2/n,17[\"a\"]", "52-/n,3[\"a\"]", "0", "1/admin,", "39[]"])
  func `a packet's text reads back`(text: String) throws {
    let packet = try SocketPacket(Array(text.utf8), maximumAttachments: 10)
    #expect(String(decoding: packet.text, as: UTF8.self) == text)
  }

  @Test(arguments: [
    ("", SocketFault.unknownKind), ("7", .unknownKind), ("a", .unknownKind), ("5", .attachments), ("5a-", .attachments),
    ("51.23-", .attachments), ("5-[]", .attachments), ("511-[]", .attachments),
    ("599999999999999999999-", .attachments),
    ("29007199254740993[\"a\"]", .id), ("299999999999999999999[\"a\"]", .id),
  ])
  func `what is no head is refused`(text: String, fault: SocketFault) {
    #expect(throws: fault) { try SocketPacket(Array(text.utf8), maximumAttachments: 10) }
  }
}

struct SocketMachineTests {
  private func joined(_ revision: EngineRevision, _ namespace: String = "/") throws -> SocketMachine {
    var machine = SocketMachine(revision, maximumAttachments: 10)
    if revision == .four { _ = try machine.receive(text(namespace == "/" ? "0" : "0\(namespace),")) }
    machine.joined(namespace)
    return machine
  }

  @Test func `protocol 5 begins with a CONNECT, and what it says is an object`() throws {
    var machine = SocketMachine(.four, maximumAttachments: 10)
    #expect(try machine.receive(text("0")) == .connect("/", auth: .emptyObject))
    #expect(try machine.receive(text(#"0/n,{"a":1}"#)) == .connect("/n", auth: raw(#"{"a":1}"#)))
    for first in ["0[]", "0x", #"0"a""#, "01", #"2["a"]"#, "1", "3[]", "4"] {
      var fresh = SocketMachine(.four, maximumAttachments: 10)
      #expect(throws: SocketFault.self, "\(first)") { try fresh.receive(text(first)) }
    }
  }

  @Test func `protocol 4 is connected to the root from the start, and says things in a query`() throws {
    var machine = SocketMachine(.three, maximumAttachments: 10)
    #expect(try machine.receive(text(#"2["a"]"#)) == .event("/", id: nil, Arguments(name: "a"), blobs: []))
    #expect(try machine.receive(text("0/n?a=b%20c,")) == .connect("/n", auth: raw(#"{"a":"b c"}"#)))
    #expect(throws: SocketFault.payload) { try machine.receive(text("0/m,{}")) }
  }

  @Test func `nobody joins twice, but again after leaving or a refusal`() throws {
    var machine = try joined(.four)
    #expect(throws: SocketFault.order) { try machine.receive(text("0")) }
    #expect(try machine.receive(text("1")) == .leave("/"))
    #expect(try machine.receive(text("0")) == .connect("/", auth: .emptyObject))
    machine.refused("/")
    #expect(try machine.receive(text("0")) == .connect("/", auth: .emptyObject))
  }

  @Test func `events for a namespace that was left are ignored in protocol 4 and a fault in protocol 5`() throws {
    var three = try joined(.three)
    #expect(try three.receive(text("1")) == .leave("/"))
    #expect(try three.receive(text(#"2["a"]"#)) == nil)
    #expect(try three.receive(text("1")) == nil)
    var four = try joined(.four)
    _ = try four.receive(text("1"))
    #expect(throws: SocketFault.order) { try four.receive(text(#"2["a"]"#)) }
  }

  @Test func `arguments pass through as they were written, on one line`() throws {
    var machine = try joined(.four)
    let order = try machine.receive(text("2[\"a\" , {\"b\":\n[1.0, 2e3]} ,null]"))
    let arguments = Arguments(name: "a", values: [raw(#"{"b": [1.0, 2e3]}"#), .null])
    #expect(order == .event("/", id: nil, arguments, blobs: []))
    #expect(try machine.receive(text("2[7]")) == .event("/", id: nil, Arguments(name: "7"), blobs: []))
  }

  @Test(arguments: [
    "2", "2{}", "2[]", "2[{}]", "2[null]", #"2"x""#, #"2["a""#, #"2["a"]]"#, #"2["a",]"#, #"2["connect"]"#, "3[]",
    "31{}",
    #"2["disconnecting"]"#, "1{}", "11", "4", #"2["\#u{1}"]"#, "2[" + String(repeating: "[", count: 70),
  ])
  func `what is no packet is a fault`(packet: String) throws {
    var machine = try joined(.four)
    #expect(throws: SocketFault.self) { try machine.receive(text(packet)) }
  }

  @Test func `blobs complete a packet in their order`() throws {
    var machine = try joined(.four)
    let placeholders = [raw(#"{"_placeholder":true,"num":1}"#), raw(#"[{"_placeholder":true,"num":0}]"#)]
    let head = #"52-9["a",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]]"#
    #expect(try machine.receive(text(head)) == nil)
    #expect(try machine.receive(.binary([1])) == nil)
    let arguments = Arguments(name: "a", values: placeholders)
    #expect(try machine.receive(.binary([2])) == .event("/", id: 9, arguments, blobs: [[1], [2]]))
    #expect(try machine.receive(text(#"60-9[]"#)) == .acknowledgement("/", id: 9, Arguments(), blobs: []))
  }

  @Test func `text between blobs, a blob alone and a number too high are faults`() throws {
    var machine = try joined(.four)
    #expect(throws: SocketFault.order) { try machine.receive(.binary([1])) }
    _ = try machine.receive(text(#"51-["a"]"#))
    #expect(throws: SocketFault.order) { try machine.receive(text(#"2["a"]"#)) }
    for number in ["1", "-1", "0.5", #""0""#, "null", "1e99"] {
      var machine = try joined(.four)
      _ = try machine.receive(text(#"51-["a",{"_placeholder":true,"num":\#(number)}]"#))
      #expect(throws: SocketFault.attachments) { try machine.receive(.binary([1])) }
    }
  }
}
