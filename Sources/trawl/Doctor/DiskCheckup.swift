import CSystem
import Foundation
import Glibc
import TrawlCore

/// Looks whether a directory can hold a store.
struct DiskCheckup {
    let findings: Findings

    /// A year of a middling contact centre, compressed.
    private static let littleSpace = 5_000_000_000
    /// File systems on which something is different, by the number in `statfs`.
    private static let special: [Int64: (name: String, remark: String, advice: String)] = [
        0x0102_1994: ("tmpfs", "is memory: the store ends with the machine", "choose a directory on a disk"),
        0x8584_58f6: ("ramfs", "is memory: the store ends with the machine", "choose a directory on a disk"),
        0x6969: (
            "NFS", "works, but its locks and its durability are the server's",
            "mount it with hard,vers=4 and without nolock"
        ),
        0xff53_4d42: ("CIFS", "may not know hard links", "prefer a local disk or NFS"),
        0xfe53_4d42: ("SMB", "may not know hard links", "prefer a local disk or NFS"),
    ]

    /// `path` need not exist: then the directory is looked at that it would be made in. `isStore` says that a run is
    /// to have it, rather than a directory inside it.
    func check(_ path: String, isStore: Bool) async {
        if isStore, let foreign = Self.foreignContent(path) {
            await findings.add(
                .fail(
                    "disk", ExitCode.usage, "\(path) is not empty and holds no trawl run (it has \(foreign))",
                    "name a directory that is empty, or is not there yet"))
            return
        }
        var folder = path
        while !FileManager.default.fileExists(atPath: folder), folder != "/" {
            folder = URL(fileURLWithPath: folder).deletingLastPathComponent().path
        }
        let name = folder == path ? path : "\(folder), where \(path) would be made,"
        if let failure = trial(in: folder) {
            await findings.add(
                .fail("disk", ExitCode.incomplete, "\(name) \(failure)", "choose another --out, or mend this one"))
            return
        }
        await findings.add(.ok("disk", "\(name) takes files, hard links and fsync"))
        await checkSpace(folder)
        await checkKind(folder)
    }

    private static func foreignContent(_ path: String) -> String? {
        // What cannot be listed is found out by the trial.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        if names.contains("plan.json") { return nil }
        return names.filter { !$0.hasPrefix(".") && $0 != "lost+found" }.min()
    }

    /// What goes wrong with what a store does: create, sync, link, sync the directory.
    private func trial(in folder: String) -> String? {
        func reason(_ operation: String) -> String { "refuses to \(operation): \(String(cString: strerror(errno)))" }
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        // Named as what a crash leaves behind: nobody minds it, and the next run sweeps it away.
        let file = "\(folder)/.trawl-tmp.doctor.\(random)"
        let second = file + ".link"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return reason("create a file") }
        defer {
            close(descriptor)
            unlink(file)
            unlink(second)
        }
        guard write(descriptor, "trawl", 5) == 5 else { return reason("write") }
        guard fsync(descriptor) == 0 else { return reason("fsync") }
        guard link(file, second) == 0 else { return reason("make a hard link") }
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return reason("be opened") }
        defer { close(directory) }
        return fsync(directory) == 0 ? nil : reason("fsync a directory")
    }

    private func checkSpace(_ folder: String) async {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        let text = "\(Quantity.bytes(free)) free"
        await findings.add(
            free < Self.littleSpace
                ? .warn("disk space", text, "a store takes some 1.2 kB a conversation, twice while it is merged")
                : .ok("disk space", text))
    }

    private func checkKind(_ folder: String) async {
        let kind = CSystem_file_system(folder)
        guard kind >= 0 else { return }
        if let special = Self.special[kind] {
            await findings.add(.warn("file system", "\(special.name) \(special.remark)", special.advice))
        } else {
            await findings.add(.ok("file system", "nothing special (type 0x\(String(kind, radix: 16)))"))
        }
    }
}
