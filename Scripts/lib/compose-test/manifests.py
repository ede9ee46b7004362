"""What docs/containers.md promises of every container, read off the finished configuration."""
import re

SERVING = {"redis", "worker", "dashboard", "prometheus", "simulator"}


def faults_of_compose(config: dict) -> list[str]:
    """Of `docker compose config --format json`; empty where all is well."""
    faults = []
    for name, service in config["services"].items():
        wanted = {
            "read_only": service.get("read_only") is True,
            "user": service.get("user", "0").split(":")[0] != "0",
            "cap_drop": service.get("cap_drop") == ["ALL"],
            "security_opt": "no-new-privileges:true" in service.get("security_opt", []),
            "mem_limit": int(service.get("mem_limit", 0)) > 0,
            "pids_limit": service.get("pids_limit", 0) > 0,
            "healthcheck": name not in SERVING or "test" in service.get("healthcheck", {}),
            "ports on loopback": all(port.get("host_ip") == "127.0.0.1" for port in service.get("ports", [])),
        }
        faults += [f"{name}: {what}" for what, holds in wanted.items() if not holds]
    worker = config["services"]["worker"]
    if seconds(worker.get("stop_grace_period", "10s")) <= drain(worker["command"]):
        faults.append("worker: it is killed before its drain is over")
    if not config["networks"]["inside"].get("internal"):
        faults.append("the network of Redis reaches the world")
    if set(config["services"]["redis"]["networks"]) != {"inside"}:
        faults.append("redis: it is on another network, too")
    return faults


def faults_of_kubernetes(objects: list[dict]) -> list[str]:
    faults = []
    for one in objects:
        if one["kind"] not in ("Deployment", "StatefulSet"):
            continue
        name, pod = one["metadata"]["name"], one["spec"]["template"]["spec"]
        context = pod.get("securityContext", {})
        wanted = {
            "runAsNonRoot": context.get("runAsNonRoot") is True,
            "seccompProfile": context.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "automountServiceAccountToken": pod.get("automountServiceAccountToken") is False,
        }
        for container in pod["containers"]:
            inner = container.get("securityContext", {})
            wanted |= {
                "readOnlyRootFilesystem": inner.get("readOnlyRootFilesystem") is True,
                "allowPrivilegeEscalation": inner.get("allowPrivilegeEscalation") is False,
                "capabilities": inner.get("capabilities", {}).get("drop") == ["ALL"],
                "memory limit": "memory" in container.get("resources", {}).get("limits", {}),
                "probes": "livenessProbe" in container and "readinessProbe" in container,
            }
        faults += [f"{name}: {what}" for what, holds in wanted.items() if not holds]
        if name == "worker" and pod.get("terminationGracePeriodSeconds", 30) <= drain(pod["containers"][0]["args"]):
            faults.append("worker: it is killed before its drain is over")
    if not any(one["kind"] == "PodDisruptionBudget" for one in objects):
        faults.append("no disruption budget")
    return faults


def drain(words: list[str]) -> float:
    """Seconds that the worker's command line gives a drain."""
    return seconds(re.search(r"--drain-timeout[ =](\S+)", " ".join(words))[1])


def seconds(text: str) -> float:
    """Of a duration such as 1m15s."""
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([0-9.]+)([hms])", text))
