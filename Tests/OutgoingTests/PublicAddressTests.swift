import Testing

@testable import Outgoing

@Suite struct PublicAddressTests {
  @Test(arguments: [
    [0, 0, 0, 0], [10, 1, 2, 3], [100, 64, 0, 1], [127, 0, 0, 1], [169, 254, 169, 254], [172, 16, 0, 1],
    [172, 31, 255, 255],
    [192, 168, 1, 1], [192, 0, 2, 1], [198, 18, 0, 1], [203, 0, 113, 9], [224, 0, 0, 1], [255, 255, 255, 255],
  ])
  func `kept ranges of IPv4 are not public`(address: [UInt8]) {
    #expect(!PublicAddress.contains(ipv4: address))
    let zeros = [UInt8](repeating: 0, count: 10)
    #expect(!PublicAddress.contains(ipv6: zeros + [0xff, 0xff] + address))
    #expect(!PublicAddress.contains(ipv6: [0x20, 0x02] + address + zeros))
    #expect(!PublicAddress.contains(ipv6: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0] + address))
  }

  @Test(arguments: [
    [1, 1, 1, 1], [9, 255, 0, 1], [100, 128, 0, 1], [172, 32, 0, 1], [192, 167, 0, 1], [223, 255, 255, 1],
  ])
  func `the rest of IPv4 is`(address: [UInt8]) {
    #expect(PublicAddress.contains(ipv4: address))
    #expect(PublicAddress.contains(ipv6: [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + address))
  }

  @Test func `of IPv6 only global unicast is public`() {
    func address(_ start: [UInt8]) -> [UInt8] { start + [UInt8](repeating: 1, count: 16 - start.count) }
    #expect(PublicAddress.contains(ipv6: address([0x2a, 0x00])))
    #expect(PublicAddress.contains(ipv6: address([0x20, 0x01, 0x48, 0x60])))
    for start: [UInt8] in [
      [0xfc], [0xfd], [0xfe, 0x80], [0xff, 0x02], [0x20, 0x01, 0x0d, 0xb8], [0x20, 0x01, 0, 0], [1],
    ] {
      #expect(!PublicAddress.contains(ipv6: address(start)))
    }
    #expect(!PublicAddress.contains(ipv6: [UInt8](repeating: 0, count: 15) + [1]))
  }
}
