@echo off
rem The door on Windows: hands over to build.sh, in the bash that comes with Git for Windows.
rem The bash.exe of the system folder belongs to WSL, which has another SDK and other paths: it is passed over.
setlocal
set "BASH_EXE="
for /f "delims=" %%g in ('where git 2^>nul') do (
  if not defined BASH_EXE if exist "%%~dpg..\bin\bash.exe" set "BASH_EXE=%%~dpg..\bin\bash.exe"
)
if not defined BASH_EXE if exist "%ProgramFiles%\Git\bin\bash.exe" set "BASH_EXE=%ProgramFiles%\Git\bin\bash.exe"
if not defined BASH_EXE (
  for /f "delims=" %%b in ('where bash 2^>nul ^| findstr /v /i "\\System32\\ \\WindowsApps\\"') do (
    if not defined BASH_EXE set "BASH_EXE=%%b"
  )
)
if not defined BASH_EXE (
  echo build.cmd: no bash was found: install Git for Windows, https://git-scm.com/download/win, and the .NET 10 SDK. 1>&2
  exit /b 1
)
"%BASH_EXE%" "%~dp0build.sh" %*
exit /b %ERRORLEVEL%
