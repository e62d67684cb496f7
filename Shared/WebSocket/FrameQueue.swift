/// Frames that wait for one connection, in order. They are shared, never copied, until they are joined for a write.
struct FrameQueue {
  private var frames: [[UInt8]] = []
  private var taken = 0
  private(set) var bytes = 0

  var count: Int { frames.count - taken }
  var isEmpty: Bool { taken == frames.count }

  mutating func append(_ frame: [UInt8]) {
    frames.append(frame)
    bytes += frame.count
  }

  /// Takes as many frames from the front as fit together into the buffer and gives their length; at least one frame fits
  /// or the answer is 0, and then `removeFirst` gives the one that is too long.
  mutating func join(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var length = 0
    while taken < frames.count, length + frames[taken].count <= buffer.count {
      frames[taken].withUnsafeBytes { frame in
        UnsafeMutableRawBufferPointer(rebasing: buffer[length..<(length + frame.count)]).copyMemory(from: frame)
      }
      length += frames[taken].count
      taken += 1
    }
    bytes -= length
    reclaim()
    return length
  }

  mutating func removeFirst() -> [UInt8] {
    let frame = frames[taken]
    taken += 1
    bytes -= frame.count
    reclaim()
    return frame
  }

  mutating func removeAll() { self = FrameQueue() }

  /// Lets go of frames that were taken: all at once when none is left, else when they are the greater part.
  private mutating func reclaim() {
    if isEmpty {
      frames.removeAll(keepingCapacity: frames.capacity <= 8)
      taken = 0
    } else if taken > 64, taken > frames.count / 2 {
      frames.removeFirst(taken)
      taken = 0
    }
  }
}
