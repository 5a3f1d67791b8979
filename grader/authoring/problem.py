"""What is wrong with a lesson's source: the file, the place in it, and the mend."""

from dataclasses import dataclass

from grader.learner.problem import Problem


@dataclass(frozen=True)
class Finding:
    """One mistake: the file (as the author knows it), the line or exercise, what is wrong, what to do."""

    file: str
    where: str
    wrong: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}, {self.where}: {self.wrong} {self.mend}"


class SourceProblem(Problem):
    """A lesson that cannot be built, with every mistake that was found in one go."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings
