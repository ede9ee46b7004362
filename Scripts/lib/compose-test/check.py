"""Scripts/check-deploy: everything about compose/ that can be told without running it."""
import argparse
import copy
import json
import pathlib
import re
import shutil
import sys
import tempfile

import yaml
from debian import Suite
from engine import compose_plugin
from machine import Failed, run
from manifests import faults_of_compose, faults_of_kubernetes
from report import Report, complain


class Check:
    def __init__(self, repository: pathlib.Path, tools: pathlib.Path, scratch: pathlib.Path):
        self.compose = repository / "compose"
        self.scratch = scratch
        self.report = Report()
        self.bin = tools / "venv/bin"
        self.plugin = compose_plugin(tools)
        self.kubectl = shutil.which("kubectl") or self._kubectl(tools)

    @staticmethod
    def _kubectl(tools: pathlib.Path) -> pathlib.Path:
        Suite("trixie", tools / "trixie").unpack(["kubernetes-client"], tools / "kubectl")
        return tools / "kubectl/usr/bin/kubectl"

    def dockerfile(self) -> None:
        run([self.bin / "hadolint", self.compose / "Dockerfile"])
        self._notices("hadolint", "Dockerfile", (self.compose / "Dockerfile").read_text() + "RUN cd /tmp\n",
                      [self.bin / "hadolint"])

    def compose_file(self) -> None:
        schema = [self.bin / "check-jsonschema", "--builtin-schema", "vendor.compose-spec"]
        run([*schema, self.compose / "compose.yaml"])
        text = (self.compose / "compose.yaml").read_text()
        self._notices("the schema", "compose.yaml", text.replace("read_only:", "readonly:"), schema)

        config = json.loads(run(self._config("--env-file", self.compose / ".env.example", "--profile", "*", "config",
                                             "--format", "json")).stdout)
        self.report.ok("compose reads it", f"{len(config['services'])} services")
        bare = run(self._config("--env-file", "/dev/null", "config", "-q"), check=False)
        self.report.expect(
            bare.returncode != 0 and "copy .env.example to .env first" in bare.stderr,
            "without .env it says what to do")
        self._holds("every service is hardened", faults_of_compose, config, lambda: [
            mutated(config, lambda one: one["services"]["worker"].pop("read_only")),
            mutated(config, lambda one: one["services"]["redis"].pop("mem_limit")),
            mutated(config, lambda one: one["services"]["dashboard"].pop("healthcheck")),
            mutated(config, lambda one: one["services"]["worker"].update(stop_grace_period="10s")),
            mutated(config, lambda one: one["services"]["dashboard"]["ports"][0].pop("host_ip")),
        ])

    def _config(self, *words) -> list:
        return [self.plugin, "-f", self.compose / "compose.yaml", *words]

    def kubernetes(self) -> None:
        base = self.scratch / "k8s"
        shutil.copytree(self.compose / "k8s", base)
        shutil.copy(base / "secret.env.example", base / "secret.env")
        made = self.scratch / "k8s.yaml"
        made.write_text(run([self.kubectl, "kustomize", base]).stdout)
        validate = [self.bin / "kubernetes-validate", "--strict"]
        run([*validate, made])
        objects = [one for one in yaml.safe_load_all(made.read_text()) if one]
        self.report.ok("kustomize makes them, and each is valid", f"{len(objects)} objects")
        broken = made.read_text().replace("replicas: 2", "replicas: two")
        self._notices("kubernetes-validate", "k8s.yaml", broken, validate)
        self._holds("every pod is hardened, probed and limited", faults_of_kubernetes, objects, lambda: [
            mutated(objects, lambda all: container(all, "worker").pop("livenessProbe")),
            mutated(objects, lambda all: container(all, "redis")["resources"].pop("limits")),
            mutated(objects, lambda all: container(all, "dashboard")["securityContext"].pop("readOnlyRootFilesystem")),
            mutated(objects, lambda all: pod(all, "worker").update(terminationGracePeriodSeconds=30)),
            mutated(objects, lambda all: all.remove(next(one for one in all if one["kind"] == "PodDisruptionBudget"))),
        ])

    def same_redis(self) -> None:
        """Compose and Kubernetes start one and the same Redis."""
        def settings(path: str) -> list[str]:
            text = (self.compose / path).read_text().replace("$$", "$")
            return [line.strip() for line in re.search(r"<<EOF\n(.*?)\n\s*EOF", text, re.DOTALL)[1].splitlines()]

        self.report.expect(
            settings("compose.yaml") == settings("k8s/redis.yaml"), "compose and Kubernetes set Redis up alike")

    # --- A check that notices nothing is none

    def _notices(self, who: str, name: str, broken: str, words: list) -> None:
        path = self.scratch / f"broken-{name}"
        path.write_text(broken)
        if run([*words, path], check=False).returncode == 0:
            raise Failed(f"{who} does not notice a mistake in {name}")
        self.report.ok(f"{who} finds nothing in {name}, and notices a seeded mistake")

    def _holds(self, what: str, faults_of, good, broken) -> None:
        found = faults_of(good)
        self.report.expect(not found, what, "; ".join(found))
        for number, one in enumerate(broken(), 1):
            if not faults_of(one):
                raise Failed(f"'{what}' does not notice seeded mistake {number}")
        self.report.ok(f"that check notices {number} seeded mistakes")


def mutated(good, change):
    broken = copy.deepcopy(good)
    change(broken)
    return broken


def pod(objects: list, name: str) -> dict:
    return next(
        one["spec"]["template"]["spec"] for one in objects
        if one["kind"] in ("Deployment", "StatefulSet") and one["metadata"]["name"] == name)


def container(objects: list, name: str) -> dict:
    return pod(objects, name)["containers"][0]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repository", required=True, type=pathlib.Path)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            check = Check(arguments.repository, arguments.tools, pathlib.Path(scratch))
            check.dockerfile()
            check.compose_file()
            check.kubernetes()
            check.same_redis()
        except Failed as failure:
            complain(f"FAIL: {failure}")
            return 1
    check.report.end("check-deploy")
    return 0


if __name__ == "__main__":
    sys.exit(main())
